package kvm4j.benchmarks.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;

import kvm4j.benchmarks.kind.ExitKind;
import kvm4j.benchmarks.result.LabResults;
import kvm4j.benchmarks.result.Row;
import kvm4j.benchmarks.result.Series;
import kvm4j.kvm.Kvm;
import kvm4j.kvm.KvmUnavailableException;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The lab on the host's own KVM, in the shortest run that there can be. */
@Tag("kvm")
@Tag("sources")
class LabTest {

    /** One of each mechanism. */
    private static final List<ExitKind> KINDS =
            List.of(
                    ExitKind.SYSTEM_CALL,
                    ExitKind.IMMEDIATE_EXIT,
                    ExitKind.PIO_OUT,
                    ExitKind.MMIO_READ,
                    ExitKind.RDMSR_USER,
                    ExitKind.SINGLE_STEP,
                    ExitKind.CPUID,
                    ExitKind.PIO_IN_KERNEL,
                    ExitKind.IOEVENTFD,
                    ExitKind.VMCS_SWITCH,
                    ExitKind.INJECTION,
                    ExitKind.IRQFD,
                    ExitKind.NOTIFICATION,
                    ExitKind.IPI,
                    ExitKind.FIRST_TOUCH,
                    ExitKind.DIRTY_PAGES_1M,
                    ExitKind.DIRTY_LOG_16M,
                    ExitKind.VM,
                    ExitKind.VCPU,
                    ExitKind.SLOT);

    private static final Duration LIMIT = Duration.ofMinutes(5);

    private static Plan shortest(List<ExitKind> kinds) {
        return new Plan(
                "shortest",
                kinds,
                1,
                Duration.ofMillis(1),
                2,
                Duration.ofMillis(1),
                100,
                100,
                LIMIT);
    }

    @BeforeAll
    static void requireKvm() {
        try {
            Kvm.open().close();
        } catch (KvmUnavailableException e) {
            if (Boolean.parseBoolean(System.getenv("CI"))) {
                throw e;
            }
            abort(e.getMessage());
        }
    }

    @Test
    void measuresEveryKindInCAndInJava() throws IOException {
        List<Double> reached = new ArrayList<>();
        LabResults results = new Lab(shortest(KINDS), (_, done, _) -> reached.add(done)).run();

        assertTrue(reached.size() >= KINDS.size());
        assertEquals(reached.stream().sorted().toList(), reached);
        assertEquals(
                KINDS.stream().map(ExitKind::kindName).toList(),
                results.rows().stream().map(Row::kind).toList());
        for (Row row : results.rows()) {
            assertEquals(List.of(), row.omissions(), row.kind());
            for (String contestant : List.of("c", "vcpu")) {
                Series series = row.series(contestant).orElseThrow();
                assertEquals(1, series.forks().size());
                assertEquals(2, series.forks().getFirst().length);
                assertTrue(series.forks().getFirst()[0] > 1, row.kind() + " in " + contestant);
            }
        }
        assertTrue(
                results.row("pio-out")
                                .orElseThrow()
                                .series("c")
                                .orElseThrow()
                                .samples()
                                .getTotalCount()
                        >= 100);
        assertTrue(results.row("pio-out").orElseThrow().series("recorded").isPresent());
        assertTrue(results.versions().containsKey("C compiler"));
        assertEquals(results.versions().containsKey("QEMU"), !results.programs().isEmpty());
    }

    @Test
    void measuresWholeMachinesInCAndInJava() throws IOException {
        List<ExitKind> kinds = List.of(ExitKind.LIFE, ExitKind.LIFE_2, ExitKind.CROWD_64);
        for (Row row : new Lab(shortest(kinds), (_, _, _) -> {}).run().rows()) {
            assertEquals(List.of(), row.omissions(), row.kind());
            assertTrue(row.series("c").isPresent(), row.kind());
            assertTrue(row.series("machine").isPresent(), row.kind());
        }
    }

    @Test
    void measuresWholeProcessesOfThoseWhoAreThere() throws IOException {
        LabResults results = new Lab(shortest(List.of(ExitKind.START)), (_, _, _) -> {}).run();
        Row row = results.row("start").orElseThrow();
        double[] turns = row.series("c").orElseThrow().forks().getFirst();
        assertEquals(2, turns.length);
        assertTrue(turns[0] > 10_000, "a process in C took " + turns[0] + " ns");
        List<String> missing = row.omissions().stream().map(Row.Omission::contestant).toList();
        assertTrue(missing.contains("kvm4j run"), "the tests are not started by the launcher");
        assertTrue(row.series("qemu").isPresent() != missing.contains("QEMU"), missing::toString);
    }

    @Test
    void stopsInTimeAndLeavesNothingBehind() throws IOException, InterruptedException {
        Plan one =
                new Plan(
                        "one",
                        List.of(ExitKind.SYSTEM_CALL),
                        3,
                        Duration.ofMillis(1),
                        1,
                        Duration.ofMillis(1),
                        1,
                        1,
                        Duration.ofMillis(1));
        LabResults results = new Lab(one, (_, _, _) -> {}).run();
        assertEquals(1, results.rows().getFirst().series().getFirst().forks().size());
        String slow = "The host was slow: there was time for 1 of 3 forks, too few to tell";
        assertTrue(
                results.cautions().stream().anyMatch(caution -> caution.startsWith(slow)),
                () -> results.cautions().toString());
        try (Stream<ProcessHandle> children = ProcessHandle.current().children()) {
            assertEquals(0, children.count());
        }
    }
}
