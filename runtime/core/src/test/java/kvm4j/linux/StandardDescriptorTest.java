package kvm4j.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

class StandardDescriptorTest {

    /** A process that says in a file which of its descriptors it found missing. */
    static final class Child {

        private Child() {}

        public static void main(String[] arguments) throws IOException {
            String missing = StandardDescriptor.fillGaps().toString();
            Path taken;
            try (FileDescriptor next = FileDescriptor.open(Path.of("/dev/zero"))) {
                taken = Path.of(next.number() > 2 ? "above 2" : "below 3");
            }
            Files.writeString(Path.of(arguments[0]), missing + " " + taken);
        }
    }

    @TempDir private Path folder;

    @ParameterizedTest
    @CsvSource({
        "'', []",
        "<&-, [INPUT]",
        ">&-, [OUTPUT]",
        "2>&-, [ERROR]",
        "'<&- >&-', '[INPUT, OUTPUT]'",
        "'</dev/null >/dev/null', []",
    })
    void missingOnesAreFoundAndTaken(String redirections, String missing) throws Exception {
        Path report = folder.resolve("report");
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        String command =
                "exec '%s' -cp '%s' --enable-native-access=ALL-UNNAMED '%s' '%s' %s"
                        .formatted(
                                java,
                                classPath(),
                                Child.class.getName(),
                                report,
                                redirections == null ? "" : redirections);
        Process child = new ProcessBuilder("sh", "-c", command).inheritIO().start();
        assertEquals(0, child.waitFor());
        assertEquals(missing + " above 2", Files.readString(report));
    }

    private static String classPath() {
        String modules = System.getProperty("jdk.module.path", "");
        return String.join(":", System.getProperty("java.class.path"), modules);
    }

    @Test
    void thisProcessHasAll() {
        for (StandardDescriptor descriptor : StandardDescriptor.values()) {
            assertTrue(descriptor.isInherited(), descriptor::name);
        }
    }
}
