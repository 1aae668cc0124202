package kvm4j.benchmarks.loop;

import kvm4j.linux.InstructionCounter;

/** An operation repeated by the loop that a virtual machine monitor would have around it. */
final class OperationLoop implements Measurable {

    private final Operation operation;
    private final InstructionCounter instructions;

    OperationLoop(Operation operation, InstructionCounter instructions) {
        this.operation = operation;
        this.instructions = instructions;
    }

    @Override
    public Batch batch(long count) {
        regainCaches(count);
        long executed = instructions.count();
        long start = System.nanoTime();
        for (long i = 0; i < count; i++) {
            operation.once();
        }
        long elapsed = System.nanoTime() - start;
        return new Batch(elapsed, executed < 0 ? -1 : instructions.count() - executed);
    }

    @Override
    public long[] sample(int count) {
        long[] samples = new long[count];
        regainCaches(count);
        long before = System.nanoTime();
        for (int i = 0; i < count; i++) {
            operation.once();
            long after = System.nanoTime();
            samples[i] = after - before;
            before = after;
        }
        return samples;
    }

    /** Some operations whose time does not count: others had the caches since the last turn. */
    private void regainCaches(long count) {
        for (long i = 0; i < count / 16; i++) {
            operation.once();
        }
    }

    @Override
    public void close() {
        operation.close();
        instructions.close();
    }
}
