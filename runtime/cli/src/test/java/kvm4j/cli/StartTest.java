package kvm4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What a process does before and after its command, of which each part takes its time. */
class StartTest {

    @TempDir private Path folder;

    /** The lines of what the JVM logs. */
    private List<String> log(String tag, String... arguments) throws Exception {
        Path log = folder.resolve("log");
        try (Child child =
                Child.startOnClassPath(
                        folder, List.of("-Xlog:" + tag + ":file=" + log), arguments)) {
            child.await();
        }
        return Files.readAllLines(log);
    }

    private static void assertNone(List<String> lines, String... parts) {
        List<String> found =
                lines.stream()
                        .filter(line -> List.of(parts).stream().allMatch(line::contains))
                        .toList();
        assertEquals(List.of(), found);
    }

    @Test
    void aGoodEndLooksForNoLogger() throws Exception {
        List<String> loaded = log("class+load", "guests");
        assertTrue(loaded.stream().anyMatch(line -> line.contains(" kvm4j.cli.GuestsCommand ")));
        assertNone(loaded, " java.lang.System$LoggerFinder ");
    }

    @Test
    void onlyTheCommandThatIsRunIsDescribed() throws Exception {
        List<String> loaded = log("class+load", "guests");
        assertNone(loaded, " kvm4j.cli.RunCommand ");
        assertNone(loaded, " kvm4j.cli.DoctorCommand ");
    }

    /** Large numbers, records that are compared, handles of the elements of arrays. */
    @Test
    void aSmallGuestInitializesNothingThatItCanDoWithout() throws Exception {
        HostKvm.assume();
        List<String> initialized = log("class+init", "run", "hello");
        assertTrue(initialized.stream().anyMatch(line -> line.contains("'kvm4j/machine/Ending'")));
        assertNone(initialized, "'java/math/BigDecimal'");
        assertNone(initialized, "'java/lang/runtime/ObjectMethods'");
        assertNone(initialized, "kvm4j/bindings/", "$ELEM'");
    }

    @Test
    void whoeverRefusesNativeCallsIsToldOnce() throws Exception {
        try (Child child = Child.startWithoutNativeAccess(folder, "run", "hello")) {
            Result result = child.await();
            result.assertStatus(ExitStatus.UNAVAILABLE);
            assertEquals(1, result.err().lines().count(), result::toString);
            assertTrue(result.err().contains("--enable-native-access=ALL-UNNAMED"));
        }
    }

    /** Two threads that initialize Java's classes for it in different order could wait forever. */
    @Test
    void whoReadsTheCommandLineMakesNoNativeCalls() throws Exception {
        List<String> initialized =
                log(
                        "class+init",
                        ("run hello --memory 1G --cpus 2 --pin 0-1 --irqchip split --serial none"
                             + " --device debugcon --timeout 2s --param count=1 --no-such")
                                .split(" "));
        assertTrue(initialized.stream().anyMatch(line -> line.contains("kvm4j/cli/RunCommand")));
        assertTrue(initialized.stream().anyMatch(line -> line.contains("by thread \"main\"")));
        assertNone(initialized, "/foreign/", "by thread \"main\"");
    }
}
