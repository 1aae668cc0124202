package kvm4j.cli;

import kvm4j.kvm.Kvm;
import kvm4j.testing.GuestSetup;
import kvm4j.testing.HostKvm;
import kvm4j.testing.suite.Discovery;
import kvm4j.testing.suite.GitHubAnnotations;
import kvm4j.testing.suite.JUnitReport;
import kvm4j.testing.suite.Shard;
import kvm4j.testing.suite.StepSummary;
import kvm4j.testing.suite.SuiteRunner;
import kvm4j.testing.suite.TapReport;
import kvm4j.testing.suite.TestCase;
import kvm4j.testing.suite.TestResult;
import kvm4j.text.Printable;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** {@code kvm4j test}: runs guests as tests. */
final class TestCommand implements Callable<Integer> {

    static final String NAME = "test";

    private final PositionalParamSpec paths =
            PositionalParamSpec.builder()
                    .paramLabel("PATH")
                    .type(List.class)
                    .auxiliaryTypes(String.class)
                    .arity("1..*")
                    .required(true)
                    .index("0..*")
                    .description(
                            "An image; a folder of images, or with a unittests.cfg of"
                                    + " kvm-unit-tests; or a guest's name (see: kvm4j guests).")
                    .build();

    private final OptionSpec timeLimit =
            OptionSpec.builder("-t", "--timeout")
                    .paramLabel("TIME")
                    .type(Duration.class)
                    .description(
                            "How long each guest may run, whatever its side-car says. Default:"
                                    + " 10s.")
                    .build();

    private final OptionSpec retries =
            OptionSpec.builder("--retries")
                    .paramLabel("N")
                    .type(int.class)
                    .defaultValue("0")
                    .description(
                            "Run a guest that fails up to N times more; one that passes then is"
                                    + " reported as flaky. Default: 0.")
                    .build();

    private final OptionSpec qemuExit =
            flag(
                    "--qemu-exit",
                    "Guests end with QEMU's isa-debug-exit, where success is 1, or --expect-exit.");

    private final OptionSpec expectedExit =
            OptionSpec.builder("--expect-exit")
                    .paramLabel("CODE")
                    .type(Integer.class)
                    .description("The exit code that is success, such as 33 of QEMU's device.")
                    .build();

    private final OptionSpec mayHalt =
            flag("--halt-passes", "A guest that halts for ever has ended well.");

    private final OptionSpec kvmDevice = Usage.kvmDevice();

    private final OptionSpec junit =
            OptionSpec.builder("--junit")
                    .paramLabel("FILE")
                    .type(Path.class)
                    .description("Write the results as JUnit's XML.")
                    .build();

    private final OptionSpec tap = flag("--tap", "Print the results in TAP, and nothing else.");

    private final OptionSpec shard =
            OptionSpec.builder("--shard")
                    .paramLabel("I/N")
                    .type(String.class)
                    .description(
                            "Run the part I of N, for N runners that have the same suite and the"
                                    + " same --durations.")
                    .build();

    private final OptionSpec durations =
            OptionSpec.builder("--durations")
                    .paramLabel("FILE")
                    .type(List.class)
                    .auxiliaryTypes(Path.class)
                    .initialValue(List.of())
                    .description(
                            "Split by what guests took in an earlier run, of which this is the"
                                    + " --junit file; more than once for more. One that is not"
                                    + " there is as an empty one.")
                    .build();

    private final OptionSpec filter =
            OptionSpec.builder("--filter")
                    .paramLabel("REGEX")
                    .type(String.class)
                    .description("Run those alone whose name has a part like this.")
                    .build();

    private final OptionSpec list = flag("--list", "Print the names, and run nothing.");

    private final CommandSpec spec =
            CommandSpec.wrapWithoutInspection(this).name(NAME).addPositional(paths);

    private static OptionSpec flag(String name, String description) {
        return OptionSpec.builder(name)
                .type(boolean.class)
                .initialValue(false)
                .description(description)
                .build();
    }

    CommandSpec spec() {
        spec.usageMessage()
                .header("Runs guests as tests, in parallel.")
                .exitCodeList(
                        ExitStatus.of(
                                "no test failed",
                                ExitStatus.TEST_FAILED,
                                ExitStatus.BAD_IMAGE,
                                ExitStatus.NO_IMAGE,
                                ExitStatus.NO_PERMISSION,
                                ExitStatus.HUNG_UP,
                                ExitStatus.INTERRUPTED,
                                ExitStatus.TERMINATED))
                .description(
                        "A guest passes if it ends by exit code 0 or power off, and reports no"
                            + " failure: of the lines of kvm-unit-tests (PASS: name), TAP, KTAP and"
                            + " Rust (test name ... ok) that it prints on COM1, each is a test."
                            + " NAME.toml beside NAME.elf says more: memory, cpus, irqchip,"
                            + " timeout, append, exit, halt, qemu-exit, test-device, verdicts,"
                            + " channel, format, skip. Without KVM all are skipped; with CI in the"
                            + " environment that is status 69 or 77. On GitHub Actions what failed"
                            + " is annotated (on standard error with --tap), and the run's page"
                            + " gets a summary (GITHUB_STEP_SUMMARY).");
        return Usage.withGroups(
                spec,
                new OptionGroup(
                        "Guests",
                        List.of(timeLimit, retries, qemuExit, expectedExit, mayHalt, kvmDevice)),
                new OptionGroup("Selection", List.of(list, filter, shard, durations)),
                new OptionGroup("Reports", List.of(junit, tap)));
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        List<TestCase> cases = select();
        PrintWriter out = spec.commandLine().getOut();
        if (list.<Boolean>getValue()) {
            cases.forEach(one -> out.println(Printable.of(one.name())));
            out.flush();
            return ExitStatus.OK.code();
        }
        if (HostKvm.isDemanded()) {
            Kvm.open(kvmDevice.getValue()).close();
        }
        Optional<String> obstacle = HostKvm.obstacle(kvmDevice.<Path>getValue());
        List<TestCase> runnable =
                obstacle.map(reason -> cases.stream().map(one -> one.skippedFor(reason)).toList())
                        .orElse(cases);
        Path xml = junit.getValue();
        try (OutputStream _ =
                xml == null ? OutputStream.nullOutputStream() : OutputFile.hold(xml)) {
            return report(run(runnable, out), out);
        }
    }

    private List<TestCase> select() {
        try {
            requireSense();
            List<TestCase> all =
                    new Discovery(kvmDevice.getValue(), this::prepare, this::finish)
                            .find(paths.getValue()).stream()
                                    .filter(one -> filter().matcher(one.name()).find())
                                    .toList();
            Shard part =
                    shard.getValue() == null ? Shard.ALL : Shard.parse(shard.<String>getValue());
            if (all.isEmpty()) {
                throw new Failure(ExitStatus.NO_IMAGE, "there is no image to test");
            }
            return part.select(all, durations());
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        } catch (UncheckedIOException e) {
            throw new Failure(ExitStatus.NO_IMAGE, e.getMessage(), e);
        }
    }

    private void requireSense() {
        if (retries.<Integer>getValue() < 0) {
            throw new IllegalArgumentException("--retries takes 0 or more");
        }
        Duration limit = timeLimit.getValue();
        if (limit != null && !limit.isPositive()) {
            throw new IllegalArgumentException("a time limit must be more than 0");
        }
    }

    private Pattern filter() {
        try {
            return Pattern.compile(filter.getValue() == null ? "" : filter.<String>getValue());
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException("no regular expression: " + e.getDescription(), e);
        }
    }

    private Map<String, Duration> durations() {
        Map<String, Duration> known = new HashMap<>();
        for (Path file : durations.<List<Path>>getValue()) {
            if (Files.exists(file) && !Files.isRegularFile(file)) {
                throw new Failure(ExitStatus.BAD_IMAGE, file + " is no regular file");
            }
            if (Files.exists(file)) {
                known.putAll(durations(file));
            }
        }
        return known;
    }

    private static Map<String, Duration> durations(Path file) {
        try {
            // of a run that did not end
            return Files.size(file) == 0 ? Map.of() : JUnitReport.durations(file);
        } catch (IOException e) {
            throw new Failure(ExitStatus.BAD_IMAGE, e.getMessage(), e);
        }
    }

    private void prepare(GuestSetup setup) {
        if (qemuExit.<Boolean>getValue()) {
            setup.qemuExit();
        }
        if (expectedExit.getValue() != null) {
            setup.expectExit(expectedExit.<Integer>getValue());
        }
        if (mayHalt.<Boolean>getValue()) {
            setup.mayHalt();
        }
    }

    private void finish(GuestSetup setup) {
        if (timeLimit.getValue() != null) {
            setup.timeout(timeLimit.getValue());
        }
    }

    private List<TestResult> run(List<TestCase> cases, PrintWriter out)
            throws InterruptedException {
        TestProgress progress = new TestProgress(cases.size(), out);
        boolean quiet = tap.getValue();
        SuiteRunner runner =
                new SuiteRunner(retries.<Integer>getValue(), quiet ? _ -> {} : progress::tell);
        List<TestResult> results = runner.run(cases);
        if (quiet) {
            TapReport.write(results, out);
        } else {
            progress.summarize(results);
        }
        out.flush();
        return results;
    }

    private int report(List<TestResult> results, PrintWriter out) throws IOException {
        if (junit.getValue() != null) {
            try {
                JUnitReport.write(results, junit.getValue());
            } catch (IOException e) {
                throw new Failure(
                        ExitStatus.CANNOT_CREATE,
                        "cannot write " + junit.getValue() + ": " + e.getMessage(),
                        e);
            }
        }
        if ("true".equals(System.getenv("GITHUB_ACTIONS"))) {
            // GitHub's runner reads both.
            PrintWriter commands = tap.<Boolean>getValue() ? spec.commandLine().getErr() : out;
            GitHubAnnotations.write(results, commands);
            commands.flush();
        }
        writeSummary(results, System.getenv("GITHUB_STEP_SUMMARY"));
        boolean failed = results.stream().anyMatch(TestResult::failed);
        return (failed ? ExitStatus.TEST_FAILED : ExitStatus.OK).code();
    }

    /** Nobody asked for it in words: where it cannot be written the results count all the same. */
    private void writeSummary(List<TestResult> results, String file) {
        if (file == null || file.isEmpty()) {
            return;
        }
        try {
            StepSummary.append(results, Path.of(file));
        } catch (IOException | InvalidPathException e) {
            Message.tell(spec.commandLine().getErr(), "cannot write GITHUB_STEP_SUMMARY: " + e);
        }
    }
}
