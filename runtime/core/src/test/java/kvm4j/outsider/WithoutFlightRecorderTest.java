package kvm4j.outsider;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.boot.FlatImage;
import kvm4j.kvm.KvmUnavailableException;
import kvm4j.machine.Machine;
import kvm4j.trace.jfr.MachineEvents;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Machines of those who do not record, in a JVM of their own. */
class WithoutFlightRecorderTest {

    /** Builds a machine, as far as the host lets it, and runs it. */
    static final class Plain {

        private Plain() {}

        /** Where the JVM starts. */
        public static void main(String[] arguments) {
            byte[] exit = {(byte) 0xe6, (byte) 0xf4};
            try (Machine machine =
                    Machine.builder().memory(1 << 20).image(new FlatImage(exit)).build()) {
                machine.run();
            } catch (KvmUnavailableException none) {
                // then the machine's own classes are all there is to see
            }
            System.out.println("through");
        }
    }

    /** Asks for events, and records nothing. */
    static final class Observed {

        private Observed() {}

        /** Where the JVM starts. */
        public static void main(String[] arguments) {
            byte[] exit = {(byte) 0xe6, (byte) 0xf4};
            try (Machine machine =
                    Machine.builder()
                            .memory(1 << 20)
                            .image(new FlatImage(exit))
                            .machineObserver(MachineEvents::new)
                            .build()) {
                machine.run();
            } catch (KvmUnavailableException none) {
                // as above
            }
            System.out.println("through");
        }
    }

    private static String run(Class<?> program, String... options)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
        command.addAll(List.of(options));
        command.addAll(
                List.of(
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        String.join(
                                ":",
                                System.getProperty("java.class.path"),
                                System.getProperty("jdk.module.path", "")),
                        program.getName()));
        Process java = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(java.getInputStream().readAllBytes());
        assertEquals(0, java.waitFor(), said);
        assertTrue(said.contains("through"), said);
        return said;
    }

    @Test
    void noClassOfItIsLoaded() throws Exception {
        String loaded = run(Plain.class, "-Xlog:class+load");
        assertTrue(loaded.contains("kvm4j.machine.MachineBuilder "), "the log works");
        assertFalse(loaded.contains(" jdk.jfr."), loaded);
        assertFalse(loaded.contains(" kvm4j.trace.jfr."), loaded);
    }

    @Test
    void theRecorderIsNotStartedByWhoMayBeRecorded() throws Exception {
        String loaded = run(Observed.class, "-Xlog:class+load");
        assertTrue(loaded.contains(" kvm4j.trace.jfr.MachineEvents "), "the log works");
        assertFalse(loaded.contains("kvm4j.trace.jfr.ExitEvent "), loaded);
        assertFalse(loaded.contains("jdk.jfr.internal.PlatformRecorder "), loaded);
    }

    @ParameterizedTest
    @ValueSource(strings = {"java.base", "java.base,jdk.unsupported"})
    void machinesRunWhereThereIsNone(String modules) throws Exception {
        run(Plain.class, "--limit-modules=" + modules);
    }
}
