package kvm4j.benchmarks.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.benchmarks.result.LabResults;
import kvm4j.benchmarks.result.Row;
import kvm4j.benchmarks.result.SampleResults;
import kvm4j.benchmarks.result.Series;
import kvm4j.benchmarks.statistics.Comparison;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.Stream;

class TerminalReportTest {

    private static LabResults results(double above) {
        List<double[]> floor = Collections.nCopies(3, new double[] {270, 271, 272});
        List<double[]> noise = Collections.nCopies(3, new double[3]);
        return SampleResults.of(SampleResults.row("pio-out", floor, 270, above, noise));
    }

    @Test
    void alignsFiguresAndNamesWhatIsMissing() {
        List<String> lines = new TerminalReport(results(20)).text().lines().toList();
        assertEquals(
                "pio-out           C  271 ns       -                        -        -            "
                        + " -          3 x 3",
                lines.get(1));
        assertEquals(
                "pio-out  Vcpu.run()  291 ns       -  +20.0 ns (20.0 to 20.0)    1.074         "
                        + " 81.5          3 x 3",
                lines.get(2));
        assertTrue(lines.contains("pio-out: not QEMU: it is not installed"));
        assertTrue(
                lines.stream().anyMatch(line -> line.matches("kvm4j +1000 +7.25 s +214 KiB .*")));
        assertTrue(lines.getLast().startsWith("note: Others use the host"));
    }

    @Test
    void saysWhereADifferenceHasNoInterval() {
        Row row =
                SampleResults.row(
                        "pio-out",
                        List.of(new double[] {270, 271, 272}),
                        270,
                        20,
                        List.of(new double[3]));
        String text = new TerminalReport(SampleResults.of(row)).text();
        assertTrue(text.contains("+20.0 ns (no interval)"), text);
    }

    private static List<double[]> forks(Supplier<double[]> turns) {
        return Stream.generate(turns).limit(4).toList();
    }

    @Test
    void marksWhatDoesNotDiffer() {
        Random random = new Random(7);
        List<double[]> floor = forks(() -> random.doubles(50, 268, 272).toArray());
        List<double[]> noise = forks(() -> random.doubles(50, -1, 1).toArray());
        Row row = SampleResults.row("pio-out", floor, 270, 20, noise);
        Series java = row.series("vcpu").orElseThrow();
        List<double[]> turns = new ArrayList<>();
        for (double[] fork : java.forks()) {
            turns.add(Arrays.stream(fork).map(turn -> turn + random.nextDouble(-1, 1)).toArray());
        }
        Series machine = new Series("machine", "Machine", turns, null, java.histogram());
        List<Series> all = new ArrayList<>(row.series());
        all.add(machine);
        String text =
                new TerminalReport(
                                SampleResults.of(
                                        new Row(row.kind(), row.title(), all, row.omissions())))
                        .text();
        List<String> lines = text.lines().toList();
        assertFalse(lines.get(2).contains("~"), text);
        assertTrue(lines.get(3).contains(") ~"), text);
        assertTrue(text.contains("~: not known to differ"), text);
    }

    @Test
    void showsCyclesWhereTheCounterIsConstant() {
        assertEquals(2.5, TscFrequency.of(Map.of("TSC", "2500000 kHz, constant")).orElseThrow());
        assertTrue(TscFrequency.of(Map.of("TSC", "2500000 kHz, not constant")).isEmpty());
        assertTrue(TscFrequency.of(Map.of()).isEmpty());
    }

    @Test
    void writesTimesInTheUnitThatFits() {
        assertEquals("7.1 ns", Times.format(7.12));
        assertEquals("-7.1 ns", Times.format(-7.12));
        assertEquals("271 ns", Times.format(271.4));
        assertEquals("12.35 us", Times.format(12_345));
        assertEquals("12.35 ms", Times.format(12_345_678));
        assertEquals("1.235 s", Times.format(1_234_567_890));
    }

    @Test
    void showsWhatAComparisonFound() {
        LabResults before = results(20);
        LabResults after = results(70);
        String text =
                new ComparisonReport(before, after, Comparison.of(before, after, 0.02)).text();
        assertTrue(text.contains("+50.0 ns (50.0 to 50.0)"), text);
        assertTrue(text.contains("Mann-Whitney"), text);
    }
}
