package kvm4j.benchmarks.loop;

import kvm4j.benchmarks.kind.Workload;
import kvm4j.linux.EventFd;

import java.time.Duration;

/** An eventfd to the guest, another one back; the vCPU's thread stays in {@code KVM_RUN}. */
final class NotificationOperation implements Operation {

    private static final Duration LIMIT = Duration.ofSeconds(4);

    private final EventFd trigger = EventFd.create();
    private final LoopGuest guest;
    private final EventFd doorbell;
    private final VcpuRunner runner;

    NotificationOperation(Workload.Notification workload) {
        guest = new LoopGuest(workload);
        doorbell = guest.doorbell();
        guest.interruptBy(trigger);
        guest.arrangeDoorbell();
        runner = VcpuRunner.start(guest.vcpu());
        awaitDoorbell();
    }

    @Override
    public void once() {
        trigger.signal();
        awaitDoorbell();
    }

    private void awaitDoorbell() {
        if (doorbell.await(LIMIT) == 0) {
            throw new IllegalStateException("the guest does not answer");
        }
    }

    @Override
    public void close() {
        runner.close();
        guest.close();
        trigger.close();
    }
}
