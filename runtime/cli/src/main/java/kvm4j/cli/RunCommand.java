package kvm4j.cli;

import kvm4j.machine.Machine;
import kvm4j.machine.Outcome;
import kvm4j.machine.Snapshot;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** {@code kvm4j run}: runs a guest until it ends. */
final class RunCommand implements Callable<Integer> {

    static final String NAME = "run";

    private final CommandSpec spec = CommandSpec.wrapWithoutInspection(this).name(NAME);
    private final GuestRun guest;
    private final ObservationOptions observationOptions = new ObservationOptions();
    private final SnapshotOptions snapshotOptions = new SnapshotOptions();

    RunCommand(Supplier<Console> console) {
        this.guest = new GuestRun(spec, console);
    }

    CommandSpec spec() {
        spec.usageMessage()
                .header("Runs a guest, with its console on standard input and output.")
                .exitCodeList(ExitStatus.ofGuests())
                .description(
                        "Runs an image, or the guest that has the name, until it ends, and ends"
                                + " with its exit code. The end of the standard input reaches the"
                                + " guest as ^D; Ctrl-C ends it. If standard input is a terminal,"
                                + " each key reaches the guest at once, Ctrl-C too, and Ctrl-A x"
                                + " ends it.");
        return Usage.withGroups(
                spec, guest.options(), observationOptions.group(), snapshotOptions.group());
    }

    @Override
    public Integer call() throws IOException {
        TimeLimit limit = guest.startTimeLimit();
        int repetitions = guest.checked(snapshotOptions::repetitions);
        if (repetitions > 0) {
            requireNoMoreThanRepetitionsDo();
        }
        try (Origin origin = limit.heed(guest::origin)) {
            return repetitions > 0 ? repeat(origin, repetitions, limit) : run(origin, limit);
        }
    }

    private void requireNoMoreThanRepetitionsDo() {
        Stream.of("--snapshot-at", "--trace", "--stats", "--serial")
                .filter(spec.commandLine().getParseResult()::hasMatchedOption)
                .findFirst()
                .ifPresent(
                        option -> {
                            throw new ParameterException(
                                    spec.commandLine(),
                                    "a guest that is run several times has no " + option);
                        });
    }

    /** A guest's good end is not all that was wanted where a snapshot was. */
    private int run(Origin origin, TimeLimit limit) throws IOException {
        Optional<SnapshotRequest> snapshot = guest.checked(() -> snapshotOptions.request(err()));
        int status = guest.run(origin, limit, () -> observation(origin.processors(), snapshot));
        boolean missed = snapshot.map(SnapshotRequest::isMissed).orElse(false);
        return status == ExitStatus.OK.code() && missed ? ExitStatus.CANNOT_CREATE.code() : status;
    }

    private Observation observation(int processors, Optional<SnapshotRequest> snapshot) {
        List<Watch> watches = observationOptions.watches(processors, err());
        snapshot.ifPresent(watches::add);
        return new Observation(watches);
    }

    /** Machines that follow one another are recorded, and nothing else is seen of them. */
    private Observation observationOfRepetition() {
        List<Watch> watches = new ArrayList<>();
        observationOptions.recording().ifPresent(watches::add);
        return new Observation(watches);
    }

    private int repeat(Origin origin, int count, TimeLimit limit) {
        try (Observation observation = observationOfRepetition();
                Machine machine = guest.checked(() -> origin.build(builder -> {}));
                Snapshot snapshot = machine.snapshot()) {
            Repetition repetition = new Repetition(snapshot, limit.duration(), observation::watch);
            Outcome outcome = repetition.run(count);
            repetition.print(spec.commandLine().getOut());
            return new OutcomeReport(err()).of(outcome);
        }
    }

    private PrintWriter err() {
        return spec.commandLine().getErr();
    }
}
