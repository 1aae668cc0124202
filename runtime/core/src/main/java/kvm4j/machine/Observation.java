package kvm4j.machine;

import kvm4j.device.InterruptLine;
import kvm4j.kvm.Vcpu;
import kvm4j.kvm.irq.Irqchip;
import kvm4j.x86.Msi;

/**
 * Tells a machine's observer what happens, and ends the machine if that throws. The observer of a
 * machine that nobody observes is not called at all where that would cost anything.
 */
final class Observation {

    private static final MachineObserver NOBODY = new MachineObserver() {};

    private final MachineObserver observer;
    private final Ending ending;

    /** An observation by nobody. */
    Observation(Ending ending) {
        this(NOBODY, ending);
    }

    /**
     * An observation.
     *
     * @param observer who is told
     * @param ending ends the machine if the observer throws
     */
    Observation(MachineObserver observer, Ending ending) {
        this.observer = observer;
        this.ending = ending;
        if (observer != NOBODY) {
            ending.tell(observer);
        }
    }

    /** The first vCPU's thread is about to enter the guest. */
    void started() {
        try {
            observer.started();
        } catch (Throwable failure) {
            failed(failure);
        }
    }

    /** A vCPU is out of the guest, as somebody asked. Called on its thread. */
    void kicked(Vcpu vcpu, Kick.Request request) {
        try {
            observer.kicked(vcpu, request.answered());
        } catch (Throwable failure) {
            failed(failure);
        }
    }

    /** A line that is observed, if anybody does; else the line itself. */
    InterruptLine watch(int gsi, InterruptLine line) {
        if (observer == NOBODY) {
            return line;
        }
        return new InterruptLine() {
            @Override
            public void setLevel(boolean high) {
                line.setLevel(high);
                try {
                    observer.lineSet(gsi, high);
                } catch (Throwable failure) {
                    failed(failure);
                }
            }

            @Override
            public void restoreLevel(boolean high) {
                line.restoreLevel(high);
            }
        };
    }

    /** A message was sent. */
    void messageSent(Msi message, Irqchip.Delivery delivery) {
        try {
            observer.messageSent(message, delivery);
        } catch (Throwable failure) {
            failed(failure);
        }
    }

    private void failed(Throwable failure) {
        ending.end(new Outcome.HostError("machine observer", failure));
    }
}
