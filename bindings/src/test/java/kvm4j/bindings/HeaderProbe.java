package kvm4j.bindings;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * Asks the host's C compiler for the values of expressions, by a program that prints them.
 *
 * <p>An expression that does not compile names something that the header lacks. Each stands on a
 * line of its own; the lines that the compiler complains about are left out, and what remains is
 * compiled again until nothing is complained about.
 */
final class HeaderProbe {

    private static final String SOURCE = "probe.c";
    private static final String COMPLAINTS = "complaints";
    private static final Pattern COMPLAINT = Pattern.compile("^" + SOURCE + ":(\\d+):\\d+: .*");

    private final Path directory;
    private final Path header;
    private final List<String> includes = new ArrayList<>();

    /**
     * Prepares a probe.
     *
     * @param directory an empty directory to work in
     * @param header what the program includes
     */
    HeaderProbe(Path directory, Path header) {
        this.directory = directory;
        this.header = header;
    }

    /** Looks for headers in a directory before the compiler's own. */
    void include(Path include) {
        includes.add("-I" + include);
    }

    /** Says what this host lacks for a probe, if anything. */
    Optional<String> obstacle() throws InterruptedException {
        try {
            Set<Integer> rejected = compile(List.of("#include <linux/kvm.h>", "int main(void) {}"));
            return rejected.isEmpty()
                    ? Optional.empty()
                    : Optional.of("the C compiler finds no linux/kvm.h (Debian: linux-libc-dev)");
        } catch (IOException e) {
            return Optional.of("no C compiler: " + e.getMessage());
        }
    }

    /**
     * Evaluates C expressions.
     *
     * @param expressions expressions of integer or pointer types
     * @return the value of each expression that compiles
     */
    Map<String, Long> evaluate(List<String> expressions) throws IOException, InterruptedException {
        List<String> lines = new ArrayList<>();
        lines.add("#include \"%s\"".formatted(header.toAbsolutePath()));
        lines.add("#include <linux/version.h>");
        lines.add("#include <stdio.h>");
        lines.add("#include <string.h>");
        lines.add("int main(void) {");
        int preamble = lines.size();
        for (int i = 0; i < expressions.size(); i++) {
            lines.add(
                    "printf(\"%d %%lld\\n\", (long long) (%s));".formatted(i, expressions.get(i)));
        }
        lines.add("return 0;");
        lines.add("}");

        for (Set<Integer> rejected = compile(lines);
                !rejected.isEmpty();
                rejected = compile(lines)) {
            for (int line : rejected) {
                if (line <= preamble || lines.get(line - 1).isEmpty()) {
                    throw new IOException("the header does not compile:\n" + complaints());
                }
                lines.set(line - 1, "");
            }
        }
        return run(expressions);
    }

    /** Compiles the program; answers the numbers of the lines that do not. */
    private Set<Integer> compile(List<String> lines) throws IOException, InterruptedException {
        Files.write(directory.resolve(SOURCE), lines);
        List<String> command = new ArrayList<>(List.of("cc", "-std=gnu11", "-w", "-fmax-errors=0"));
        command.addAll(includes);
        command.addAll(List.of("-o", "probe", SOURCE));
        ProcessBuilder builder =
                new ProcessBuilder(command)
                        .directory(directory.toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(directory.resolve(COMPLAINTS).toFile());
        builder.environment().put("LC_ALL", "C");
        int status = builder.start().waitFor();

        Set<Integer> rejected = new TreeSet<>();
        for (String line : complaints().lines().toList()) {
            var complaint = COMPLAINT.matcher(line);
            if (complaint.matches()) {
                rejected.add(Integer.parseInt(complaint.group(1)));
            }
        }
        if (status != 0 && rejected.isEmpty()) {
            throw new IOException("cc failed:\n" + complaints());
        }
        return rejected;
    }

    private String complaints() throws IOException {
        return Files.readString(directory.resolve(COMPLAINTS));
    }

    private Map<String, Long> run(List<String> expressions)
            throws IOException, InterruptedException {
        Path output = directory.resolve("output");
        int status =
                new ProcessBuilder(directory.resolve("probe").toAbsolutePath().toString())
                        .redirectOutput(output.toFile())
                        .start()
                        .waitFor();
        if (status != 0) {
            throw new IOException("the probe ended with status " + status);
        }
        Map<String, Long> values = new HashMap<>();
        for (String line : Files.readAllLines(output)) {
            String[] words = line.split(" ");
            values.put(expressions.get(Integer.parseInt(words[0])), Long.parseLong(words[1]));
        }
        return values;
    }
}
