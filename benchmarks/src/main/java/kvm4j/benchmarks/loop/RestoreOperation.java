package kvm4j.benchmarks.loop;

import kvm4j.benchmarks.kind.Workload;
import kvm4j.kvm.ExitReason;
import kvm4j.kvm.Vcpu;
import kvm4j.machine.ExitHandler;
import kvm4j.machine.Machine;
import kvm4j.machine.Snapshot;

import java.util.Set;
import java.util.concurrent.Semaphore;

/** A guest that pauses its machine instead of ending it, and {@link Machine#restore(Snapshot)}. */
final class RestoreOperation implements Operation, ExitHandler {

    private final Semaphore paused = new Semaphore(0);
    private final Machine machine;
    private final Snapshot snapshot;

    RestoreOperation(Workload.Restoration workload) {
        machine =
                new WholeMachine(workload)
                        .describe()
                        .memory(Workload.Restoration.RESTORED)
                        .exitHandler(this)
                        .build();
        machine.pause();
        machine.start();
        snapshot = machine.snapshot();
    }

    @Override
    public Set<ExitReason> first() {
        return Set.of(ExitReason.IO);
    }

    @Override
    public Verdict handle(Vcpu vcpu, ExitReason reason) {
        paused.release();
        return Verdict.PAUSE;
    }

    @Override
    public void once() {
        machine.resume();
        paused.acquireUninterruptibly();
        machine.restore(snapshot);
    }

    @Override
    public void close() {
        snapshot.close();
        machine.close();
    }
}
