package kvm4j.benchmarks.lab;

import kvm4j.benchmarks.kind.ExitKind;
import kvm4j.benchmarks.result.Row;
import kvm4j.benchmarks.result.Row.Omission;
import kvm4j.linux.LinuxException;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** One kind of exit, measured fork by fork by those who can. */
final class RowMeasurement {

    private static final int ANY_CPU = -1;

    private final ExitKind kind;
    private final Plan plan;
    private final int cpu;
    private final List<SeriesRecorder> recorders = new ArrayList<>();
    private final Set<Omission> omissions = new LinkedHashSet<>();

    RowMeasurement(ExitKind kind, List<Contestant> contestants, Plan plan, int cpu) {
        this.kind = kind;
        this.plan = plan;
        this.cpu = kind.workload().isOnOneCpu() ? cpu : ANY_CPU;
        for (Contestant contestant : contestants) {
            if (contestant.supports(kind.workload())) {
                recorders.add(new SeriesRecorder(contestant, kind.workload().events()));
            }
        }
    }

    ExitKind kind() {
        return kind;
    }

    Duration estimate() {
        return recorders.stream()
                .map(recorder -> plan.estimate(recorder.contestant(), kind))
                .reduce(Duration.ZERO, Duration::plus);
    }

    /** Starts fresh processes, lets them take turns, and ends them. */
    void fork() {
        List<Turns> participants = start();
        try {
            double operation = operationTime(participants);
            TurnSize size = TurnSize.of(kind.workload(), plan.turn(), operation);
            int rounds = size.roundsWithin(plan.turn().multipliedBy(plan.rounds()), operation);
            for (int round = 0; round < Math.min(rounds, plan.rounds()); round++) {
                Collections.rotate(participants, 1);
                for (Turns turns : participants) {
                    turns.take(size);
                }
            }
            if (kind.workload().events() == 1 && size.total() > 1) {
                sample(participants, Math.min(size.total(), plan.samples()));
            }
            participants.forEach(Turns::keep);
        } catch (LabException e) {
            omit("a fork", e);
        } finally {
            participants.forEach(Turns::close);
        }
    }

    private List<Turns> start() {
        List<Turns> participants = new ArrayList<>();
        for (SeriesRecorder recorder : List.copyOf(recorders)) {
            try {
                participants.add(start(recorder));
            } catch (LabException | IOException | LinuxException e) {
                omit(recorder.contestant().title(), e);
                recorders.remove(recorder);
            }
        }
        return participants;
    }

    private Turns start(SeriesRecorder recorder) throws LabException, IOException {
        Contestant contestant = recorder.contestant();
        Turns turns =
                new Turns(
                        kind.workload(),
                        recorder,
                        ContestantProcess.start(contestant.title(), contestant.command(cpu, kind)),
                        plan.rounds());
        try {
            turns.warmUp(contestant.warmUp(kind.workload(), plan.warmUp()), plan.turn());
            return turns;
        } catch (LabException e) {
            turns.close();
            throw e;
        }
    }

    private void omit(String title, Exception reason) {
        omissions.add(new Omission(title, reason.getMessage()));
    }

    private static double operationTime(List<Turns> participants) {
        return participants.stream().mapToDouble(Turns::operationTime).min().orElse(1);
    }

    private void sample(List<Turns> participants, int chunk) throws LabException {
        int turns = Math.min(plan.rounds(), (plan.samples() + chunk - 1) / chunk);
        for (int turn = 0; turn < turns; turn++) {
            Collections.rotate(participants, 1);
            for (Turns participant : participants) {
                participant.sample(chunk);
            }
        }
    }

    Row row() {
        return new Row(
                kind.kindName(),
                kind.title(),
                recorders.stream()
                        .filter(SeriesRecorder::hasTurns)
                        .map(SeriesRecorder::series)
                        .toList(),
                List.copyOf(omissions));
    }
}
