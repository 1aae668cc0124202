package kvm4j.benchmarks.loop;

import kvm4j.kvm.ExitReason;
import kvm4j.kvm.Vcpu;

/** A thread that keeps a vCPU in the guest, for exits that never come to user space. */
final class VcpuRunner implements AutoCloseable {

    private final Vcpu vcpu;
    private final Thread thread;
    private volatile boolean closed;

    private VcpuRunner(Vcpu vcpu) {
        this.vcpu = vcpu;
        this.thread = Thread.ofPlatform().daemon().unstarted(this::run);
    }

    static VcpuRunner start(Vcpu vcpu) {
        VcpuRunner runner = new VcpuRunner(vcpu);
        runner.thread.start();
        return runner;
    }

    private void run() {
        ExitReason reason;
        do {
            reason = vcpu.run();
        } while (reason == ExitReason.INTR && !closed);
    }

    @Override
    public void close() {
        closed = true;
        vcpu.exit().requestImmediateExit();
        vcpu.interrupt();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
