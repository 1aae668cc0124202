package kvm4j.machine;

import kvm4j.boot.EntryState;
import kvm4j.device.PowerManagement;
import kvm4j.memory.GuestMemory;
import kvm4j.pc.WakingVector;

import java.util.Optional;

/**
 * A machine's sleep in S3 (ACPI 6.5, section 7.4.2.3): its vCPUs are held outside of the guest, and
 * lose their state. When something wakes it, the first goes on where the guest wants it to, and the
 * others wait to be started. Devices keep what they are.
 */
final class Suspension implements PowerManagement.Sleep {

    private final Processors processors;
    private final GuestMemory memory;
    private final Ending ending;
    private final ProcessorReset reset;

    private boolean asleep;
    private boolean woken;

    /** How many vCPUs still have their state. */
    private int powered;

    /** Counts sleeps, and states that others gave the vCPUs. */
    private int turn;

    Suspension(Processors processors, GuestMemory memory, Ending ending, ProcessorReset reset) {
        this.reset = reset;
        this.processors = processors;
        this.memory = memory;
        this.ending = ending;
    }

    @Override
    public synchronized boolean fallAsleep() {
        if (!asleep) {
            asleep = true;
            woken = false;
            powered = processors.threads().size();
            int current = ++turn;
            processors.hold(Kick.Reason.SLEEP);
            for (VcpuThread thread : processors.threads()) {
                if (!thread.execute(() -> powerOff(thread, current))) {
                    poweredOff(current); // the machine ends
                }
            }
        }
        return true;
    }

    private void powerOff(VcpuThread thread, int current) {
        attempt(thread, current, () -> reset.of(thread.vcpu()));
        poweredOff(current);
    }

    private synchronized void poweredOff(int current) {
        if (turn == current) {
            powered--;
            goOnIfWoken();
        }
    }

    @Override
    public synchronized void wake() {
        woken = true;
        goOnIfWoken();
    }

    private void goOnIfWoken() {
        if (!asleep || !woken || powered > 0) {
            return;
        }
        Optional<EntryState> entry = WakingVector.entry(memory);
        if (entry.isEmpty()) {
            ending.end(new Outcome.Reset());
            return;
        }
        asleep = false;
        VcpuThread first = processors.threads().getFirst();
        int current = turn;
        first.execute(() -> attempt(first, current, () -> first.enterAt(entry.get())));
        processors.release();
    }

    /** On the vCPU's thread, unless somebody else has given it another state meanwhile. */
    private void attempt(VcpuThread thread, int current, Runnable step) {
        processors.use().lock();
        try {
            if (isTurn(current)) {
                step.run();
            }
        } catch (RuntimeException failure) {
            ending.end(new Outcome.HostError(thread.name(), failure));
        } finally {
            processors.use().unlock();
        }
    }

    private synchronized boolean isTurn(int number) {
        return turn == number;
    }

    /**
     * Makes sure that the vCPUs have their state.
     *
     * @throws IllegalStateException if the machine sleeps
     */
    synchronized void requireAwake() {
        if (asleep) {
            throw new IllegalStateException(
                    "the guest has suspended the machine to memory: take a snapshot before or"
                            + " after");
        }
    }

    /** The vCPUs have been given other states. */
    synchronized void forget() {
        turn++;
        if (asleep) {
            asleep = false;
            processors.release();
        }
    }
}
