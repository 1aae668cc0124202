package kvm4j.benchmarks.result;

import org.HdrHistogram.Histogram;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Results that no host gave. */
public final class SampleResults {

    private static final CrowdRow CROWD =
            new CrowdRow("kvm4j", 1000, 16L << 20, 7.25, 214 << 10, 885 << 10, 2, 2.5, 0.84, 3.42);

    private SampleResults() {}

    public static LabResults of(Row... rows) {
        return of(Map.of("CPU", "a <fast> one"), rows);
    }

    /** Results of a host. */
    public static LabResults of(Map<String, String> host, Row... rows) {
        return of(host, "2026-01-02T03:04:05Z", rows);
    }

    /** Results of a host and a time. */
    public static LabResults of(Map<String, String> host, String started, Row... rows) {
        return new LabResults(
                LabResults.FORMAT,
                Instant.parse(started),
                61.5,
                "quick",
                Map.of("Java", "25"),
                host,
                List.of("Others use the host & its </script> too."),
                List.of(rows),
                List.of(program("machine", 400), program("qemu", 600)),
                List.of(CROWD));
    }

    /** A row of C and Java; Java takes what C takes at the time, and more. */
    public static Row row(
            String kind,
            List<double[]> floor,
            double floorCentre,
            double above,
            List<double[]> noise) {
        List<double[]> java = new ArrayList<>();
        for (int fork = 0; fork < floor.size(); fork++) {
            double[] turns = floor.get(fork).clone();
            for (int turn = 0; turn < turns.length; turn++) {
                turns[turn] += above + noise.get(fork)[turn];
            }
            java.add(turns);
        }
        return new Row(
                kind,
                "an exit named " + kind,
                List.of(
                        new Series("c", "C", floor, null, histogram(floorCentre)),
                        new Series("vcpu", "Vcpu.run()", java, 81.5, histogram(floorCentre))),
                List.of(new Row.Omission("QEMU", "it is not installed")));
    }

    private static ProgramRow program(String name, double user) {
        return new ProgramRow(
                "pio-out", name, name, List.of(new ProgramRow.Cost(8000, user, 7000)));
    }

    private static String histogram(double centre) {
        Histogram histogram = new Histogram(3);
        for (int i = 0; i < 1000; i++) {
            histogram.recordValue((long) centre + i);
        }
        return Series.encode(histogram);
    }
}
