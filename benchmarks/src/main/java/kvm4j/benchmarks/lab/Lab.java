package kvm4j.benchmarks.lab;

import kvm4j.benchmarks.host.HostCheck;
import kvm4j.benchmarks.host.HostFacts;
import kvm4j.benchmarks.host.HostFiles;
import kvm4j.benchmarks.kind.ExitKind;
import kvm4j.benchmarks.loop.Layer;
import kvm4j.benchmarks.result.LabResults;
import kvm4j.benchmarks.result.ProgramRow;
import kvm4j.benchmarks.statistics.Bootstrap;
import kvm4j.kvm.Kvm;
import kvm4j.kvm.Vcpu;
import kvm4j.kvm.Vm;
import kvm4j.linux.InstructionCounter;
import kvm4j.linux.LinuxException;
import kvm4j.linux.NativeThread;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Properties;
import java.util.Set;

/**
 * One run of the laboratory: every kind of a plan by every contestant that can do it. The forks of
 * all kinds are spread over the whole run, so that a bad minute of the host is shared out.
 */
public final class Lab {

    /** The kinds of which whole programs are compared. */
    private static final Set<ExitKind> RACED = EnumSet.of(ExitKind.PIO_OUT);

    private final Plan plan;
    private final Progress progress;
    private final HostCheck check = new HostCheck(HostFiles.ofThisHost());
    private final Map<String, String> versions = new LinkedHashMap<>();
    private final List<String> cautions = new ArrayList<>(check.before());
    private Countdown countdown;

    /**
     * A run to come.
     *
     * @param plan what to measure
     * @param progress hears how far it is
     */
    public Lab(Plan plan, Progress progress) {
        this.plan = plan;
        this.progress = progress;
        whyNoInstructions().ifPresent(cautions::add);
    }

    private static Optional<String> whyNoInstructions() {
        try (InstructionCounter counter = InstructionCounter.ofThisThread()) {
            return counter.absence()
                    .map(
                            reason ->
                                    "Times only: this host counts no instructions (%s)."
                                            .formatted(reason.getMessage()));
        }
    }

    /** {@return what about this host blurs the figures, a sentence each, as far as it is known} */
    public List<String> cautions() {
        return List.copyOf(cautions);
    }

    /**
     * Measures; to be called once.
     *
     * @return what was found; a kind or a contestant that this host cannot do is there with the
     *     reason
     * @throws IOException if temporary files cannot be written
     */
    public LabResults run() throws IOException {
        Instant started = Instant.now();
        try (TemporaryFolder folder = TemporaryFolder.create()) {
            findVersions();
            List<RowMeasurement> measurements = measurements(contestants(folder.path()));
            countdown = countdown(measurements);
            measure(measurements);
            List<ProgramRow> programs = race(folder.path());
            cautions.addAll(check.after());
            return new LabResults(
                    LabResults.FORMAT,
                    started,
                    Duration.between(started, Instant.now()).toMillis() / 1e3,
                    plan.name(),
                    versions,
                    host(),
                    cautions,
                    measurements.stream().map(RowMeasurement::row).toList(),
                    programs,
                    List.of());
        }
    }

    private static Map<String, String> host() {
        HostFacts facts = new HostFacts(HostFiles.ofThisHost());
        Map<String, String> host = new LinkedHashMap<>(facts.all());
        host.put("measured on CPU", Integer.toString(quietestCpu()));
        tscFrequency()
                .ifPresent(
                        kHz ->
                                host.put(
                                        "TSC",
                                        kHz
                                                + " kHz"
                                                + (facts.hasConstantTsc()
                                                        ? ", constant"
                                                        : ", not constant")));
        return host;
    }

    private static OptionalInt tscFrequency() {
        try (Kvm kvm = Kvm.open();
                Vm vm = kvm.createVm();
                Vcpu vcpu = vm.createVcpu(0)) {
            return OptionalInt.of(vcpu.clock().tscFrequency());
        } catch (LinuxException unstable) {
            return OptionalInt.empty();
        }
    }

    private List<Contestant> contestants(Path folder) throws IOException {
        List<Contestant> contestants = new ArrayList<>();
        try {
            Floor floor = Floor.compile(folder);
            versions.put("C compiler", floor.compiler());
            contestants.add(floor);
            contestants.add(new LauncherContestant(floor));
            contestants.add(new QemuContestant(floor, folder));
        } catch (LabException e) {
            cautions.add("There is no floor to compare with: " + e.getMessage() + ".");
        }
        for (Layer layer : Layer.values()) {
            contestants.add(new JavaContestant(layer));
        }
        contestants.add(new RecordedContestant());
        return contestants;
    }

    private List<RowMeasurement> measurements(List<Contestant> contestants) {
        int cpu = quietestCpu();
        return plan.kinds().stream()
                .map(kind -> new RowMeasurement(kind, contestants, plan, cpu))
                .toList();
    }

    private Countdown countdown(List<RowMeasurement> measurements) {
        Duration total =
                measurements.stream()
                        .map(RowMeasurement::estimate)
                        .reduce(Duration.ZERO, Duration::plus);
        return new Countdown(total, plan.forks() * measurements.size() + raced().size());
    }

    private void measure(List<RowMeasurement> measurements) {
        long start = System.nanoTime();
        for (int fork = 1; fork <= plan.forks(); fork++) {
            long elapsed = System.nanoTime() - start;
            if (fork > 1 && elapsed + elapsed / (fork - 1) > plan.limit().toNanos()) {
                cautions.add(tooSlow(fork - 1));
                return;
            }
            for (RowMeasurement measurement : measurements) {
                reached("%s, fork %d of %d".formatted(measurement.kind(), fork, plan.forks()));
                measurement.fork();
                countdown.step();
            }
        }
    }

    private String tooSlow(int forks) {
        return "The host was slow: there was time for %d of %d forks%s."
                .formatted(
                        forks,
                        plan.forks(),
                        forks < Bootstrap.LEAST_FORKS
                                ? ", too few to tell what Java adds from noise"
                                : "");
    }

    private void reached(String what) {
        progress.reached(what, countdown.done(), countdown.remaining());
    }

    private List<ExitKind> raced() {
        return plan.kinds().stream().filter(RACED::contains).toList();
    }

    private List<ProgramRow> race(Path folder) throws IOException {
        List<ProgramRow> rows = new ArrayList<>();
        if (raced().isEmpty()) {
            return rows;
        }
        try {
            Qemu qemu = Qemu.find(folder);
            versions.put("QEMU", qemu.version());
            Path usage = CSource.USAGE.compileIn(folder);
            ProgramRace race = new ProgramRace(usage, List.of(qemu, new MachineProgram()), plan);
            for (ExitKind kind : raced()) {
                reached(kind + " in whole programs");
                rows.addAll(race.run(kind));
                countdown.step();
            }
        } catch (LabException e) {
            cautions.add("There is no comparison with QEMU: " + e.getMessage() + ".");
        }
        return rows;
    }

    /** Interrupts and everything else go to the first CPU by habit, so the last one is taken. */
    private static int quietestCpu() {
        return NativeThread.current().cpus().stream().max().orElse(-1);
    }

    private void findVersions() throws IOException {
        versions.put("kvm4j", ownVersion());
        versions.put("Java", System.getProperty("java.runtime.version"));
        versions.put("JVM", System.getProperty("java.vm.name"));
        versions.put("JVM options", String.join(" ", JavaCommand.OPTIONS));
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
}
