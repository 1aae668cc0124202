package kvm4j.benchmarks.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.benchmarks.result.LabResults;
import kvm4j.benchmarks.result.SampleResults;
import kvm4j.benchmarks.statistics.Comparison;

import org.junit.jupiter.api.Test;

import java.util.List;

class TerminalReportTest {

    private static LabResults results(double above) {
        List<double[]> floor = List.of(new double[] {270, 271, 272});
        return SampleResults.of(
                SampleResults.row("pio-out", floor, 270, above, List.of(new double[3])));
    }

    @Test
    void alignsFiguresAndNamesWhatIsMissing() {
        List<String> lines = new TerminalReport(results(20)).text().lines().toList();
        assertEquals(
                "pio-out           C  271 ns                        -        -             -",
                lines.get(1));
        assertEquals(
                "pio-out  Vcpu.run()  291 ns  +20.0 ns (20.0 to 20.0)    1.074          81.5",
                lines.get(2));
        assertTrue(lines.contains("pio-out: not QEMU: it is not installed"));
        assertTrue(lines.getLast().startsWith("note: Others use the host"));
    }

    @Test
    void writesTimesInTheUnitThatFits() {
        assertEquals("7.1 ns", Times.format(7.12));
        assertEquals("-7.1 ns", Times.format(-7.12));
        assertEquals("271 ns", Times.format(271.4));
        assertEquals("12.35 us", Times.format(12_345));
        assertEquals("12.35 ms", Times.format(12_345_678));
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
