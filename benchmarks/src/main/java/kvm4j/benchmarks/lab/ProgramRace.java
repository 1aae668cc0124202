package kvm4j.benchmarks.lab;

import kvm4j.benchmarks.kind.ExitKind;
import kvm4j.benchmarks.result.ProgramRow;
import kvm4j.benchmarks.result.ProgramRow.Cost;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Whole programs run the same guest, in turns: each round once with few exits and once with many,
 * so that what starting, compiling and ending takes drops out of the difference.
 */
final class ProgramRace {

    /** How many times as many exits the longer run has. */
    private static final int LONGER = 4;

    private static final int MOST_ROUNDS = 5;

    private final Path usage;
    private final List<Program> programs;
    private final Plan plan;

    ProgramRace(Path usage, List<Program> programs, Plan plan) {
        this.usage = usage;
        this.programs = programs;
        this.plan = plan;
    }

    /** Time that a program took from start to end, in nanoseconds. */
    private record Used(double elapsed, double user, double system) {}

    /**
     * Runs the race for a kind of exit.
     *
     * @param kind one that comes to user space
     * @return a row for each program
     * @throws LabException if a program fails
     * @throws IOException if what a program needs cannot be written
     */
    List<ProgramRow> run(ExitKind kind) throws LabException, IOException {
        Map<Program, List<Cost>> costs = new LinkedHashMap<>();
        programs.forEach(program -> costs.put(program, new ArrayList<>()));
        List<Program> order = new ArrayList<>(programs);
        for (int round = 0; round < Math.min(plan.forks(), MOST_ROUNDS); round++) {
            for (Program program : order) {
                costs.get(program).add(cost(program, kind));
            }
            Collections.rotate(order, 1);
        }
        return costs.entrySet().stream().map(entry -> row(kind, entry)).toList();
    }

    private static ProgramRow row(ExitKind kind, Map.Entry<Program, List<Cost>> entry) {
        return new ProgramRow(
                kind.kindName(), entry.getKey().id(), entry.getKey().title(), entry.getValue());
    }

    private Cost cost(Program program, ExitKind kind) throws LabException, IOException {
        long exits = plan.programExits();
        Used few = use(program, kind, exits);
        Used many = use(program, kind, LONGER * exits);
        long more = (LONGER - 1) * exits;
        return new Cost(
                (many.elapsed - few.elapsed) / more,
                (many.user - few.user) / more,
                (many.system - few.system) / more);
    }

    private Used use(Program program, ExitKind kind, long count) throws LabException, IOException {
        List<String> command = new ArrayList<>(List.of(usage.toString()));
        command.addAll(program.command(kind, count));
        String answer = CommandOutput.of(command).text().strip();
        String[] words = answer.substring(answer.lastIndexOf('\n') + 1).split(" ");
        if (!words[0].equals("used") || Integer.parseInt(words[1]) != program.success()) {
            throw new LabException(
                    program.title() + " did not run the guest to its end: " + answer);
        }
        return new Used(
                Double.parseDouble(words[2]),
                Double.parseDouble(words[3]),
                Double.parseDouble(words[4]));
    }
}
