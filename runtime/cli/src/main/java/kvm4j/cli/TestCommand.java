package kvm4j.cli;

import kvm4j.kvm.Kvm;
import kvm4j.testing.GuestSetup;
import kvm4j.testing.HostKvm;
import kvm4j.testing.suite.Discovery;
import kvm4j.testing.suite.SuiteRunner;
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
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;

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
            Usage.flag(
                    "--qemu-exit",
                    "Guests end with QEMU's isa-debug-exit, where success is 1, or --expect-exit.");

    private final OptionSpec expectedExit =
            OptionSpec.builder("--expect-exit")
                    .paramLabel("CODE")
                    .type(Integer.class)
                    .description("The exit code that is success, such as 33 of QEMU's device.")
                    .build();

    private final OptionSpec mayHalt =
            Usage.flag("--halt-passes", "A guest that halts for ever has ended well.");

    private final OptionSpec kvmDevice = Usage.kvmDevice();

    private final SuiteSelection selection = new SuiteSelection();
    private final SuiteReports reports = new SuiteReports();

    private final CommandSpec spec =
            CommandSpec.wrapWithoutInspection(this).name(NAME).addPositional(paths);

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
                selection.group(),
                reports.group());
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        List<TestCase> cases = select();
        PrintWriter out = spec.commandLine().getOut();
        if (selection.isList()) {
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
        try (OutputStream _ = reports.hold()) {
            List<TestResult> results = run(runnable, out);
            reports.write(results, out, spec.commandLine().getErr());
            boolean failed = results.stream().anyMatch(TestResult::failed);
            return (failed ? ExitStatus.TEST_FAILED : ExitStatus.OK).code();
        }
    }

    private List<TestCase> select() {
        try {
            requireSense();
            List<TestCase> found = find();
            WrittenFiles written = WrittenFiles.of(spec.commandLine().getParseResult());
            found.stream()
                    .flatMap(one -> one.file().stream())
                    .forEach(file -> written.requireUnread(file.toString()));
            return selection.of(found);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        } catch (UncheckedIOException e) {
            throw new Failure(ExitStatus.NO_IMAGE, e.getMessage(), e);
        }
    }

    /** A side-car that cannot be read is no mistake in the command line. */
    private List<TestCase> find() {
        Discovery discovery = new Discovery(kvmDevice.getValue(), this::prepare, this::finish);
        try {
            return discovery.find(paths.getValue());
        } catch (IllegalArgumentException e) {
            throw new Failure(ExitStatus.BAD_IMAGE, e.getMessage(), e);
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
        boolean quiet = reports.areTap();
        SuiteRunner runner =
                new SuiteRunner(retries.<Integer>getValue(), quiet ? _ -> {} : progress::tell);
        List<TestResult> results = runner.run(cases);
        if (!quiet) {
            progress.summarize(results);
        }
        out.flush();
        return results;
    }
}
