package kvm4j.cli;

import kvm4j.cli.explain.TracingCost;

import picocli.CommandLine.Model.CommandSpec;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Supplier;

/** {@code kvm4j explain}: runs a guest, and shows its life between root and non-root operation. */
final class ExplainCommand implements Callable<Integer> {

    static final String NAME = "explain";

    private final CommandSpec spec = CommandSpec.wrapWithoutInspection(this).name(NAME);
    private final GuestRun guest;
    private final ExplanationOptions options = new ExplanationOptions();

    ExplainCommand(Supplier<Console> console) {
        this.guest = new GuestRun(spec, console);
    }

    CommandSpec spec() {
        spec.usageMessage()
                .header("Runs a guest, and shows its life between root and non-root operation.")
                .exitCodeList(ExitStatus.ofGuests())
                .description(
                        "Runs an image as kvm4j run does, and then tells how long the processor was"
                                + " in the guest, in the kernel and in user space, for which of"
                                + " the hardware's reasons the guest was left, and who handled"
                                + " them. To see more than our own exits, the kernel's tracing"
                                + " (tracefs) has to be mounted, and this user to be root.");
        return Usage.withGroups(spec, guest.options(), options.group());
    }

    @Override
    public Integer call() throws IOException {
        TimeLimit limit = guest.startTimeLimit();
        try (Origin origin = limit.heed(guest::origin);
                ReportFiles files = options.open()) {
            return guest.run(origin, limit, () -> observation(files));
        }
    }

    private Observation observation(ReportFiles files) {
        TracingCost cost = TracingCost.measure(guest.kvmDevice());
        Explanation explanation =
                new Explanation(
                        guest.name(),
                        "kvm4j "
                                + String.join(
                                        " ",
                                        spec.root().commandLine().getParseResult().originalArgs()),
                        cost,
                        files,
                        spec.commandLine().getOut());
        return new Observation(List.of(explanation));
    }
}
