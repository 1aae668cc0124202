package kvm4j.testing.suite;

import kvm4j.testing.GuestSetup;
import kvm4j.testing.Quantity;
import kvm4j.testing.verdict.VerdictFormat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * {@code unittests.cfg} of kvm-unit-tests (docs/unittests.md there). Of QEMU's options those for
 * memory count; the processor is the host's, as with {@code -cpu max}. What its own runner leaves
 * out is skipped: other architectures, groups {@code nodefault}, and files under {@code check} that
 * say something else.
 */
final class UnitTestsFile {

    /** The file's name. */
    static final String NAME = "unittests.cfg";

    private static final Pattern SECTION = Pattern.compile("\\[([^\\]]+)\\]");
    private static final Pattern MEMORY = Pattern.compile("(?:^| )-m +(\\d+[A-Za-z]?)");
    private static final Pattern APPEND =
            Pattern.compile("-append +(?:'([^']*)'|\"([^\"]*)\"|(\\S+))");
    private static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(90);
    private static final long DEFAULT_MEMORY = 512L << 20;

    private final Path folder;
    private final Consumer<GuestSetup> preparation;

    UnitTestsFile(Path folder, Consumer<GuestSetup> preparation) {
        this.folder = folder;
        this.preparation = preparation;
    }

    /**
     * Reads it.
     *
     * @throws UncheckedIOException if it cannot be read
     */
    List<TestCase> read() {
        List<TestCase> cases = new ArrayList<>();
        String name = "";
        Map<String, String> values = new HashMap<>();
        try {
            for (String raw : Files.readAllLines(folder.resolve(NAME))) {
                String line = raw.strip();
                Matcher section = SECTION.matcher(line);
                int equals = line.indexOf('=');
                if (section.matches()) {
                    add(name, values, cases);
                    name = section.group(1);
                    values = new HashMap<>();
                } else if (!line.startsWith("#") && equals > 0) {
                    values.put(
                            line.substring(0, equals).strip(), line.substring(equals + 1).strip());
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + folder.resolve(NAME), e);
        }
        add(name, values, cases);
        return cases;
    }

    private void add(String name, Map<String, String> values, List<TestCase> cases) {
        String file = values.get("file");
        if (file != null) {
            Path image = folder.resolve(file);
            cases.add(new TestCase(name, () -> setup(image, values), skipped(image, values)));
        }
    }

    private static Optional<String> skipped(Path image, Map<String, String> values) {
        String architecture = values.getOrDefault("arch", "x86_64");
        if (!architecture.equals("x86_64")) {
            return Optional.of(architecture + " only");
        }
        if (List.of(values.getOrDefault("groups", "").split("\\s+")).contains("nodefault")) {
            return Optional.of("test marked as manual run only");
        }
        for (String check : values.getOrDefault("check", "").split("\\s+")) {
            int equals = check.indexOf('=');
            if (equals > 0 && !says(check.substring(0, equals), check.substring(equals + 1))) {
                return Optional.of(check.replaceFirst("=", " not equal to "));
            }
        }
        return Files.exists(image)
                ? Optional.empty()
                : Optional.of("the image " + image + " is not built");
    }

    private static boolean says(String file, String value) {
        try {
            return Files.readString(Path.of(file)).strip().equals(value);
        } catch (IOException e) {
            return false;
        }
    }

    private GuestSetup setup(Path image, Map<String, String> values) {
        String parameters =
                values.getOrDefault("qemu_params", values.getOrDefault("extra_params", ""));
        Matcher memory = MEMORY.matcher(parameters);
        GuestSetup setup =
                GuestSetup.of(image)
                        .qemuExit()
                        .testDevice()
                        .verdicts(VerdictFormat.KVM_UNIT_TESTS)
                        .timeout(timeout(values))
                        .cpus(Integer.parseInt(values.getOrDefault("smp", "1")))
                        .memory(memory.find() ? Quantity.bytes(memory.group(1)) : DEFAULT_MEMORY)
                        .append(arguments(values, parameters));
        preparation.accept(setup);
        return setup;
    }

    private static Duration timeout(Map<String, String> values) {
        return Optional.ofNullable(values.get("timeout"))
                .map(Quantity::duration)
                .orElse(DEFAULT_TIMEOUT);
    }

    private static String arguments(Map<String, String> values, String parameters) {
        String arguments = values.get("test_args");
        if (arguments != null) {
            return unquoted(arguments);
        }
        Matcher append = APPEND.matcher(parameters);
        if (!append.find()) {
            return "";
        }
        return append.group(1) != null
                ? append.group(1)
                : append.group(2) != null ? append.group(2) : append.group(3);
    }

    private static String unquoted(String text) {
        boolean quoted =
                text.length() > 1
                        && (text.startsWith("'") && text.endsWith("'")
                                || text.startsWith("\"") && text.endsWith("\""));
        return quoted ? text.substring(1, text.length() - 1) : text;
    }
}
