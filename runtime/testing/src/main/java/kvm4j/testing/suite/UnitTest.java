package kvm4j.testing.suite;

import kvm4j.machine.IrqchipMode;
import kvm4j.testing.GuestSetup;
import kvm4j.testing.Quantity;
import kvm4j.testing.cpu.QemuCpu;
import kvm4j.testing.verdict.VerdictFormat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A test in a list of kvm-unit-tests. The processor is what {@code -cpu} says; where the list does
 * not, it is the host's, as with {@code -cpu max}. What their own runner leaves out is skipped:
 * other architectures and accelerators, groups {@code nodefault}, and files under {@code check}
 * that say something else. So is what needs a device of QEMU, a migration or a shell.
 *
 * @param name its name
 * @param folder where its image is
 * @param values what is said of it
 */
record UnitTest(String name, Path folder, Map<String, String> values) {

    private static final String ARCHITECTURE = "x86_64";
    private static final String ACCELERATOR = "kvm";
    private static final Pattern PROCESSORS = Pattern.compile("(?:cpus=)?(\\d{1,9})(?:,.*)?");
    private static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(90);

    /** What a machine of QEMU has that is not told. */
    private static final long DEFAULT_MEMORY = 128L << 20;

    /**
     * The test as one of a suite.
     *
     * @param device the KVM that runs it
     * @param preparation changes the guest's description in the end
     */
    TestCase testCase(Path device, Consumer<GuestSetup> preparation) {
        return new TestCase(
                name,
                Optional.of(folder.resolve(UnitTestsFile.NAME)),
                () -> {
                    GuestSetup setup = setup();
                    preparation.accept(setup);
                    return setup;
                },
                skipped(device));
    }

    private Optional<String> skipped(Path device) {
        return anotherHost()
                .or(this::group)
                .or(this::failedCheck)
                .or(this::absentImage)
                .or(() -> beyondUs(device));
    }

    private Optional<String> anotherHost() {
        String architecture = values.getOrDefault("arch", ARCHITECTURE);
        String accelerator = values.getOrDefault("accel", ACCELERATOR).split(",", 2)[0];
        if (!architecture.equals(ARCHITECTURE)) {
            return Optional.of(architecture + " only");
        }
        return accelerator.equals(ACCELERATOR)
                ? Optional.empty()
                : Optional.of(accelerator + " only");
    }

    private Optional<String> group() {
        List<String> groups = List.of(values.getOrDefault("groups", "").split("\\s+"));
        if (groups.contains("nodefault")) {
            return Optional.of("test marked as manual run only");
        }
        return groups.contains("migration")
                ? Optional.of("kvm4j has no migration")
                : Optional.empty();
    }

    private Optional<String> failedCheck() {
        for (String check : values.getOrDefault("check", "").split("\\s+")) {
            int equals = check.indexOf('=');
            if (equals > 0 && !says(check.substring(0, equals), check.substring(equals + 1))) {
                return Optional.of(check.replaceFirst("=", " not equal to "));
            }
        }
        return Optional.empty();
    }

    /** Of the files of /proc and /sys. */
    private static boolean says(String file, String value) {
        try {
            return ShortFile.read(Path.of(file)).strip().equals(value);
        } catch (IOException e) {
            return false;
        }
    }

    private Optional<String> absentImage() {
        return Files.exists(image())
                ? Optional.empty()
                : Optional.of("the image " + image() + " is not built");
    }

    private Optional<String> beyondUs(Path device) {
        try {
            processors();
            arguments();
            Optional<QemuCpu> cpu = options().cpu();
            return options()
                    .foreignDevice()
                    .map("kvm4j has no device "::concat)
                    .or(() -> cpu.flatMap(wanted -> wanted.obstacle(device)));
        } catch (UnsupportedOperationException e) {
            return Optional.of(e.getMessage());
        } catch (IllegalArgumentException mistake) {
            return Optional.empty(); // It fails with that: what is skipped is not looked at.
        }
    }

    private GuestSetup setup() {
        QemuOptions options = options();
        GuestSetup setup =
                GuestSetup.of(image())
                        .qemuExit()
                        .testDevice()
                        .verdicts(VerdictFormat.KVM_UNIT_TESTS)
                        .timeout(timeout())
                        .cpus(processors())
                        .memory(options.memory().map(Quantity::bytes).orElse(DEFAULT_MEMORY))
                        .append(this::arguments);
        options.cpu().ifPresent(setup::cpu);
        if (options.splitsIrqchip()) {
            setup.irqchip(IrqchipMode.SPLIT);
        }
        return setup;
    }

    private Path image() {
        return folder.resolve(values.get("file"));
    }

    private Duration timeout() {
        return Optional.ofNullable(values.get("timeout"))
                .map(Quantity::duration)
                .orElse(DEFAULT_TIMEOUT);
    }

    private int processors() {
        String text = String.join(" ", ShellWords.of(values.getOrDefault("smp", "1")));
        Matcher matcher = PROCESSORS.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("smp = " + text + " is no number");
        }
        return Integer.parseInt(matcher.group(1));
    }

    private String arguments() {
        String arguments = values.get("test_args");
        return arguments == null
                ? options().append().orElse("")
                : String.join(" ", ShellWords.of(arguments));
    }

    private QemuOptions options() {
        String parameters =
                values.getOrDefault("qemu_params", values.getOrDefault("extra_params", ""));
        return new QemuOptions(ShellWords.of(parameters));
    }
}
