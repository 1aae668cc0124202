package kvm4j.machine;

import kvm4j.kvm.Vcpu;
import kvm4j.x86.MpState;
import kvm4j.x86.Registers;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;

/**
 * Finds out whether a machine can ever wake: with interrupt controllers HLT waits in the kernel for
 * an interrupt, and a guest that is through with its work ends in a HLT with interrupts off (Intel
 * SDM volume 2, HLT). When each of its vCPUs does, or waits for one of the others to start it, and
 * no local APIC, line or message is set up to deliver an NMI, SMI or INIT, the machine has halted
 * for good. A guest of the guest that halts is left by whatever its hypervisor waits for, and does
 * not count.
 *
 * <p>From time to time it takes all vCPUs out of the guest to look, which costs them as much as any
 * other interrupt of the host.
 */
final class HaltWatch {

    private static final Duration FIRST_LOOK = Duration.ofMillis(50);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);

    /** The local vector table's entry for what the 8254 drives (Intel SDM volume 3, 12.5.1). */
    private static final int LVT_LINT0 = 0x350;

    private static final int LVT_NMI = 0b100 << 8;
    private static final int LVT_MODE_AND_MASK = 1 << 16 | 0b111 << 8;

    private static final Set<MpState> WAITING_FOR_STARTUP =
            Set.of(MpState.UNINITIALIZED, MpState.INIT_RECEIVED);

    private final Processors processors;
    private final Ending ending;
    private final boolean mayNest;
    private final BooleanSupplier unmaskable;
    private final AtomicBoolean looking = new AtomicBoolean();
    private Duration pause = FIRST_LOOK;

    /**
     * A watch that does not look yet.
     *
     * @param processors the machine's vCPUs
     * @param ending what to tell
     * @param mayNest whether the kernel says what a vCPU knows of guests of its guest
     * @param unmaskable whether a device could interrupt a processor that has interrupts off
     */
    HaltWatch(Processors processors, Ending ending, boolean mayNest, BooleanSupplier unmaskable) {
        this.processors = processors;
        this.ending = ending;
        this.mayNest = mayNest;
        this.unmaskable = unmaskable;
    }

    /** Looks for the first time a little later. */
    void start() {
        MachineClock.MACHINES.after(pause, this::look);
    }

    private void look() {
        if (ending.isDecided()) {
            return;
        }
        Duration longer = pause.plus(pause);
        pause = longer.compareTo(LONGEST_PAUSE) < 0 ? longer : LONGEST_PAUSE;
        if (!looking.getAndSet(true)) {
            processors.hold(Kick.Reason.HALT_WATCH);
            if (processors.areOutside() && looking.getAndSet(false)) {
                processors.release(); // paused, with nobody left to call us
            }
        }
        start();
    }

    /** To be called whenever a vCPU is out of the guest, held. */
    void vcpuOutside() {
        if (looking.get() && processors.areOutside() && looking.getAndSet(false)) {
            boolean halted = cannotWake();
            processors.release();
            if (halted) {
                ending.end(new Outcome.Halted());
            }
        }
    }

    private boolean cannotWake() {
        if (!processors.use().tryLock()) {
            return false; // somebody takes a snapshot; there will be another time
        }
        try {
            return processors.threads().stream().map(VcpuThread::vcpu).allMatch(this::cannotWake)
                    && !unmaskable.getAsBoolean();
        } catch (IllegalStateException inUse) {
            return false; // somebody looks at a vCPU as well; there will be another time
        } finally {
            processors.use().unlock();
        }
    }

    private boolean cannotWake(Vcpu vcpu) {
        MpState state = vcpu.interrupts().mpState();
        return WAITING_FOR_STARTUP.contains(state)
                || state == MpState.HALTED && !takesInterrupts(vcpu);
    }

    private boolean takesInterrupts(Vcpu vcpu) {
        return (vcpu.registers().rflags() & Registers.RFLAGS_IF) != 0
                || vcpu.interrupts().events().nmi().pending() != 0
                || (vcpu.interrupts().localApic().intAt(LVT_LINT0) & LVT_MODE_AND_MASK) == LVT_NMI
                || mayNest && vcpu.nestedState().isInGuestMode();
    }
}
