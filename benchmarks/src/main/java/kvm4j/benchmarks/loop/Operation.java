package kvm4j.benchmarks.loop;

import kvm4j.benchmarks.kind.Workload;

/** The operation that a workload repeats, with all that it needs held open. */
public interface Operation extends AutoCloseable {

    /**
     * Does it once.
     *
     * @throws IllegalStateException if the guest did not do what it exists for
     */
    void once();

    /** Lets go of the virtual machine. */
    @Override
    void close();

    /**
     * Gets ready for a workload, with kvm4j's own classes for a vCPU and no more, where it is not a
     * whole machine's.
     *
     * @param workload what to measure
     * @return the operation
     * @throws IllegalArgumentException if it takes a process of its own
     * @throws kvm4j.linux.LinuxException if the host cannot do it
     */
    static Operation of(Workload workload) {
        return switch (workload) {
            case Workload.SystemCall _ -> new SystemCallOperation();
            case Workload.ImmediateExit _ -> new ImmediateExitOperation();
            case Workload.GuestExits exits -> new GuestExitOperation(exits);
            case Workload.KernelExits exits -> new KernelExitOperation(exits);
            case Workload.Turns turns -> new TurnsOperation(turns);
            case Workload.Injection injection -> new InjectionOperation(injection);
            case Workload.Irqfd irqfd -> new IrqfdOperation(irqfd);
            case Workload.Notification both -> new NotificationOperation(both);
            case Workload.Ipi ipi -> new IpiOperation(ipi);
            case Workload.FirstTouch touch -> new FirstTouchOperation(touch);
            case Workload.DirtyPages dirty -> new DirtyPagesOperation(dirty);
            case Workload.DirtyLogRead read -> new DirtyLogOperation(read.pages());
            case Workload.VmLifecycle _ -> new VmOperation();
            case Workload.VcpuLifecycle _ -> new VcpuOperation();
            case Workload.SlotLifecycle slot -> new SlotOperation(slot.pages());
            case Workload.MachineLife life -> new LifeOperation(life);
            case Workload.LivesAtOnce lives -> new LivesAtOnceOperation(lives);
            case Workload.Crowd crowd -> new CrowdOperation(crowd);
            case Workload.WholeProcess _, Workload.Sleep _ ->
                    throw new IllegalArgumentException("a process of its own is not repeated here");
            case Workload.Fork fork -> new ForkOperation(fork);
            case Workload.Restoration restoration -> new RestoreOperation(restoration);
            case Workload.Saving(int mebibytes) -> new SaveOperation(mebibytes);
            case Workload.Loading loading -> new LoadOperation(loading);
        };
    }
}
