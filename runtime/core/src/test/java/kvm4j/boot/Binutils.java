package kvm4j.boot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The host's assembler and linker; without them a test is skipped. */
public final class Binutils {

    /** What a program is linked for. */
    public enum Target {
        X86("--32", "elf_i386"),
        X86_64("--64", "elf_x86_64");

        private final String assembler;
        private final String linker;

        Target(String assembler, String linker) {
            this.assembler = assembler;
            this.linker = linker;
        }
    }

    private final Path folder;

    public Binutils(Path folder) {
        this.folder = folder;
    }

    /** Makes an executable of a program in the assembler's language. */
    public byte[] link(Target target, String source, String... options) throws Exception {
        Path object = folder.resolve("program.o");
        Path assembly = Files.writeString(folder.resolve("program.s"), source);
        run(List.of("as", target.assembler, "-o", object.toString(), assembly.toString()));
        Path program = folder.resolve("program");
        List<String> linking =
                new ArrayList<>(List.of("ld", "-m", target.linker, "-o", program.toString()));
        linking.addAll(List.of(options));
        linking.add(object.toString());
        run(linking);
        return Files.readAllBytes(program);
    }

    /** Likewise, with the linker's own language for where everything goes. */
    byte[] linkByScript(Target target, String source, String script, String... options)
            throws Exception {
        Path file = Files.writeString(folder.resolve("program.ld"), script);
        List<String> all = new ArrayList<>(List.of("-T", file.toString()));
        all.addAll(List.of(options));
        return link(target, source, all.toArray(String[]::new));
    }

    private static void run(List<String> command) throws InterruptedException, IOException {
        Process process = start(command);
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), () -> command + ": " + output);
    }

    private static Process start(List<String> command) throws IOException {
        try {
            return new ProcessBuilder(command).redirectErrorStream(true).start();
        } catch (IOException e) {
            assumeTrue(false, "no binutils to make kernels with: " + e.getMessage());
            throw e;
        }
    }
}
