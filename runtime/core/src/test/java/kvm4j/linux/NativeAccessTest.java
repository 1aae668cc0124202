package kvm4j.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.kvm.Kvm;
import kvm4j.memory.GuestMemory;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What those are told who start Java without the permission that the library needs. */
class NativeAccessTest {

    /** Does the first thing that somebody does, and prints what comes of it. */
    public static final class FirstStep {
        public static void main(String[] arguments) {
            try {
                switch (arguments[0]) {
                    case "kvm" -> Kvm.open().close();
                    case "memory" -> GuestMemory.ofSize(1 << 20).close();
                    default -> throw new IllegalArgumentException(arguments[0]);
                }
                System.out.print("done");
            } catch (UnsatisfiedLinkError refusal) {
                System.out.print(refusal.getMessage());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"kvm", "memory"})
    void isAskedForInOneSentence(String step)
            throws IOException, InterruptedException, URISyntaxException {
        List<String> classPath = new ArrayList<>();
        for (Class<?> type : List.of(FirstStep.class, Kvm.class, kvm4j.bindings.libc.Libc.class)) {
            classPath.add(
                    Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI())
                            .toString());
        }
        Process process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "--illegal-native-access=deny",
                                "-cp",
                                String.join(File.pathSeparator, classPath),
                                FirstStep.class.getName(),
                                step)
                        .redirectErrorStream(true)
                        .start();
        String said = new String(process.getInputStream().readAllBytes());
        assertEquals(0, process.waitFor(), said);
        assertTrue(said.contains("--enable-native-access=ALL-UNNAMED"), said);
    }
}
