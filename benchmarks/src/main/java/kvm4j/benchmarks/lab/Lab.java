package kvm4j.benchmarks.lab;

import kvm4j.benchmarks.host.HostCheck;
import kvm4j.benchmarks.host.HostFacts;
import kvm4j.benchmarks.host.HostFiles;
import kvm4j.benchmarks.loop.Layer;
import kvm4j.benchmarks.result.LabResults;
import kvm4j.benchmarks.result.Row;
import kvm4j.linux.NativeThread;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Stream;

/**
 * One run of the laboratory: every kind of a plan by every contestant that can do it. The forks of
 * all kinds are spread over the whole run, so that a bad minute of the host is shared out.
 */
public final class Lab {

    private final Plan plan;
    private final Progress progress;
    private final HostCheck check = new HostCheck(HostFiles.ofThisHost());

    /**
     * A run to come.
     *
     * @param plan what to measure
     * @param progress hears how far it is
     */
    public Lab(Plan plan, Progress progress) {
        this.plan = plan;
        this.progress = progress;
    }

    /** {@return what about this host will blur the figures, a sentence each} */
    public List<String> cautions() {
        return check.before();
    }

    /**
     * Measures.
     *
     * @return what was found; a kind or a contestant that this host cannot do is there with the
     *     reason
     * @throws IOException if temporary files cannot be written
     */
    public LabResults run() throws IOException {
        Instant started = Instant.now();
        Path folder = Files.createTempDirectory("kvm4j-bench");
        try {
            List<String> cautions = new ArrayList<>(cautions());
            Map<String, String> versions = versions();
            List<Contestant> contestants = contestants(folder, versions, cautions);
            List<Row> rows = measure(contestants);
            cautions.addAll(check.after());
            return new LabResults(
                    LabResults.FORMAT,
                    started,
                    Duration.between(started, Instant.now()).toMillis() / 1e3,
                    plan.name(),
                    versions,
                    new HostFacts(HostFiles.ofThisHost()).all(),
                    cautions,
                    rows);
        } finally {
            delete(folder);
        }
    }

    private List<Contestant> contestants(
            Path folder, Map<String, String> versions, List<String> cautions) throws IOException {
        List<Contestant> contestants = new ArrayList<>();
        try {
            Floor floor = Floor.compile(folder);
            versions.put("C compiler", floor.compiler());
            contestants.add(floor);
        } catch (LabException e) {
            cautions.add("There is no floor to compare with: " + e.getMessage() + ".");
        }
        for (Layer layer : Layer.values()) {
            contestants.add(new JavaContestant(layer));
        }
        return contestants;
    }

    private List<Row> measure(List<Contestant> contestants) {
        int cpu = quietestCpu();
        List<RowMeasurement> measurements =
                plan.kinds().stream()
                        .map(kind -> new RowMeasurement(kind, contestants, plan, cpu))
                        .toList();
        Duration total =
                measurements.stream()
                        .map(RowMeasurement::estimate)
                        .reduce(Duration.ZERO, Duration::plus);
        Countdown countdown = new Countdown(total, plan.forks() * measurements.size());
        for (int fork = 1; fork <= plan.forks(); fork++) {
            for (RowMeasurement measurement : measurements) {
                progress.reached(
                        "%s, fork %d of %d".formatted(measurement.kind(), fork, plan.forks()),
                        countdown.done(),
                        countdown.remaining());
                measurement.fork();
                countdown.step();
            }
        }
        return measurements.stream().map(RowMeasurement::row).toList();
    }

    /** Interrupts and everything else go to the first CPU by habit, so the last one is taken. */
    private static int quietestCpu() {
        return NativeThread.current().cpus().stream().max().orElse(-1);
    }

    private static Map<String, String> versions() throws IOException {
        Map<String, String> versions = new LinkedHashMap<>();
        versions.put("kvm4j", ownVersion());
        versions.put("Java", System.getProperty("java.runtime.version"));
        versions.put("JVM", System.getProperty("java.vm.name"));
        versions.put("JVM options", String.join(" ", JavaContestant.OPTIONS));
        return versions;
    }

    private static String ownVersion() throws IOException {
        Properties properties = new Properties();
        try (InputStream resource =
                Lab.class.getResourceAsStream(
                        "/META-INF/maven/kvm4j/kvm4j-benchmarks/pom.properties")) {
            if (resource != null) {
                properties.load(resource);
            }
        }
        return properties.getProperty("version", "from a build in progress");
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
