package kvm4j.benchmarks.history;

import kvm4j.benchmarks.result.LabResults;
import kvm4j.benchmarks.result.Row;
import kvm4j.benchmarks.result.SampleResults;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;

/** Accepted results that no host gave. */
public final class SampleHistory {

    public static final Map<String, String> HOST = Map.of("CPU", "a <fast> one", "kernel", "6.1.0");

    private SampleHistory() {}

    public static LabResults results(Map<String, String> host, double above, String... kinds) {
        Random random = new Random(7);
        return SampleResults.of(
                host,
                Stream.of(kinds)
                        .map(
                                kind ->
                                        SampleResults.row(
                                                kind,
                                                forks(random, 270, 272),
                                                270,
                                                above,
                                                forks(random, -3, 3)))
                        .toArray(Row[]::new));
    }

    private static List<double[]> forks(Random random, double low, double high) {
        return Stream.generate(() -> random.doubles(40, low, high).toArray()).limit(4).toList();
    }

    public static Accepted accepted(String label, String date, double above, String... kinds) {
        return Accepted.of(results(HOST, above, kinds), label, Instant.parse(date));
    }
}
