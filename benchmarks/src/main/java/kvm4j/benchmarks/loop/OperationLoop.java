package kvm4j.benchmarks.loop;

import kvm4j.linux.InstructionCounter;

import java.util.Optional;

/** An operation repeated by the loop that a virtual machine monitor would have around it. */
final class OperationLoop implements Measurable {

    private final Operation operation;
    private final Optional<InstructionCounter> instructions;

    private OperationLoop(Operation operation, Optional<InstructionCounter> instructions) {
        this.operation = operation;
        this.instructions = instructions;
    }

    /** A loop whose instructions are counted, as the calling thread executes all that it takes. */
    static OperationLoop counted(Operation operation) {
        return new OperationLoop(operation, Optional.of(InstructionCounter.ofThisThread()));
    }

    /** A loop of an operation that other threads take part in. */
    static OperationLoop uncounted(Operation operation) {
        return new OperationLoop(operation, Optional.empty());
    }

    @Override
    public Turn measure(int groups, int size) {
        long[] times = new long[groups];
        for (int i = 0; i < Turn.warmUpGroups(groups); i++) {
            group(size);
        }
        long executed = instructionsSoFar();
        for (int i = 0; i < groups; i++) {
            times[i] = group(size);
        }
        return new Turn(times, executed < 0 ? -1 : instructionsSoFar() - executed);
    }

    private long instructionsSoFar() {
        return instructions.map(InstructionCounter::count).orElse(-1L);
    }

    /**
     * A method of its own, and called often, so that it is compiled as a whole: a loop that is
     * entered but once in a turn begins each of them in the interpreter.
     */
    private long group(int size) {
        long start = System.nanoTime();
        for (int i = 0; i < size; i++) {
            operation.once();
        }
        return System.nanoTime() - start;
    }

    @Override
    public void close() {
        operation.close();
        instructions.ifPresent(InstructionCounter::close);
    }
}
