package kvm4j.trace.jfr;

import kvm4j.kvm.ExitReason;
import kvm4j.kvm.KvmRun;
import kvm4j.kvm.Vcpu;
import kvm4j.machine.ExitObserver;

/**
 * Makes an event of each exit of one machine. A vCPU has one event object, which its thread fills
 * again and again, so that nothing is allocated.
 */
final class ExitEvents implements ExitObserver {

    private static final String IN = "in";
    private static final String OUT = "out";

    private static final class VcpuEvents {

        final ExitEvent event = new ExitEvent();
        boolean open;
    }

    private final VcpuEvents[] vcpus;

    /**
     * Events of a machine.
     *
     * @param machine its number
     * @param processors how many vCPUs it has, numbered from 0
     */
    ExitEvents(long machine, int processors) {
        vcpus = new VcpuEvents[processors];
        for (int i = 0; i < processors; i++) {
            vcpus[i] = new VcpuEvents();
            vcpus[i].event.machine = machine;
            vcpus[i].event.vcpu = i;
        }
    }

    @Override
    public void exited(Vcpu vcpu, ExitReason reason) {
        VcpuEvents own = vcpus[vcpu.id()];
        ExitEvent event = own.event;
        event.begin();
        own.open = true;
        event.reason = reason.name();
        describe(event, reason, vcpu.exit());
    }

    private static void describe(ExitEvent event, ExitReason reason, KvmRun exit) {
        event.direction = null;
        event.address = 0;
        event.size = 0;
        event.count = 0;
        if (reason == ExitReason.IO) {
            event.direction = exit.ioIsOut() ? OUT : IN;
            event.address = exit.ioPort();
            event.size = exit.ioSize();
            event.count = exit.ioCount();
        } else if (reason == ExitReason.MMIO) {
            event.direction = exit.mmioIsWrite() ? OUT : IN;
            event.address = exit.mmioAddress();
            event.size = exit.mmioLength();
            event.count = 1;
        } else if (reason == ExitReason.X86_RDMSR || reason == ExitReason.X86_WRMSR) {
            event.direction = reason == ExitReason.X86_WRMSR ? OUT : IN;
            event.address = Integer.toUnsignedLong(exit.msrIndex());
            event.size = Long.BYTES;
            event.count = 1;
        }
    }

    @Override
    public void handled(Vcpu vcpu, ExitReason reason) {
        commit(vcpus[vcpu.id()]);
    }

    /** An exit that ended the machine is not handled. */
    @Override
    public void left(Vcpu vcpu) {
        VcpuEvents own = vcpus[vcpu.id()];
        if (own.open) {
            commit(own);
        }
    }

    /** An end that is not marked would be the first one that the object had. */
    private static void commit(VcpuEvents own) {
        own.open = false;
        own.event.end();
        own.event.commit();
    }
}
