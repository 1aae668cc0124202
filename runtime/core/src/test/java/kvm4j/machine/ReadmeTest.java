package kvm4j.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.kvm.NeedsKvm;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The README's program, compiled and run as a newcomer would. */
@NeedsKvm
@Tag("sources")
class ReadmeTest {

    private static final Pattern PROGRAM = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);

    @Test
    void theProgramRuns(@TempDir Path folder) throws IOException, InterruptedException {
        Matcher readme = PROGRAM.matcher(Files.readString(readme()));
        assertTrue(readme.find(), "the README has no program");
        Path program = Files.writeString(folder.resolve("Hello.java"), readme.group(1));
        Process java =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "--module-path",
                                System.getProperty("jdk.module.path"),
                                "--add-modules",
                                "kvm4j.core",
                                "--enable-native-access=kvm4j.core,kvm4j.bindings",
                                program.toString())
                        .redirectErrorStream(true)
                        .start();
        String output = new String(java.getInputStream().readAllBytes());
        assertEquals("!\nthe guest exited with 7\n", output);
        assertEquals(0, java.waitFor());
    }

    /** Tests run in their module's folder, below the README's. */
    private static Path readme() {
        Path folder = Path.of("").toAbsolutePath();
        while (!Files.exists(folder.resolve("README.md"))
                || !Files.exists(folder.resolve("mvnw"))) {
            folder = folder.getParent();
        }
        return folder.resolve("README.md");
    }
}
