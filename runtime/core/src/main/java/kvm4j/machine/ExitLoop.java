package kvm4j.machine;

import kvm4j.device.MmioBus;
import kvm4j.device.PortBus;
import kvm4j.kvm.ExitReason;
import kvm4j.kvm.KvmRun;
import kvm4j.kvm.Vcpu;
import kvm4j.kvm.VmExit;
import kvm4j.memory.GuestMemory;

/**
 * Enters the guest and handles its exits, again and again, until one of them ends the machine or
 * the run is interrupted.
 *
 * <p>This is the way that an exit takes through user space: nothing is allocated on it, nothing
 * locked, nothing logged.
 */
final class ExitLoop {

    private static final int EXITS_IN_A_CALL = 16;

    private final Vcpu vcpu;
    private final KvmRun exit;
    private final GuestMemory memory;
    private final PortBus ports;
    private final MmioBus mmio;
    private final InterruptWiring interrupts;
    private final CoalescedWrites coalescedWrites;
    private final ExitObserver observer;

    ExitLoop(
            Vcpu vcpu,
            Board board,
            InterruptWiring interrupts,
            CoalescedWrites coalescedWrites,
            ExitObserver observer) {
        this.vcpu = vcpu;
        this.exit = vcpu.exit();
        this.memory = board.memory();
        this.ports = board.ports();
        this.mmio = board.mmio();
        this.interrupts = interrupts;
        this.coalescedWrites = coalescedWrites;
        this.observer = observer;
    }

    /**
     * Runs the guest.
     *
     * @return how the machine ended; null if the run was interrupted and may go on
     */
    Outcome runUntilInterrupted() {
        ExitReason reason;
        do {
            reason = handleExits();
        } while (goesOn(reason));
        return reason == ExitReason.INTR ? null : outcome(reason);
    }

    /**
     * Handles up to {@link #EXITS_IN_A_CALL} exits and answers the reason of the last.
     *
     * <p>A loop that never returns stays in the interpreter for some 60,000 rounds, and in code
     * that still gathers profiles for 40,000 more. A method that is called often is compiled soon.
     */
    private ExitReason handleExits() {
        ExitReason reason;
        int left = EXITS_IN_A_CALL;
        do {
            reason = handleExit();
        } while (goesOn(reason) && --left > 0);
        return reason;
    }

    private ExitReason handleExit() {
        ExitReason reason = vcpu.run();
        if (reason != ExitReason.INTR) {
            observer.exited(vcpu, reason);
        }
        coalescedWrites.deliver();
        switch (reason) {
            case IO -> accessPort();
            case MMIO -> accessMemory();
            case IOAPIC_EOI -> interrupts.endOfInterrupt(exit.endOfInterruptVector());
            default -> {} // not for this loop to handle
        }
        return reason;
    }

    private static boolean goesOn(ExitReason reason) {
        return switch (reason) {
            case IO, MMIO, IOAPIC_EOI -> true;
            default -> false;
        };
    }

    private void accessPort() {
        int port = exit.ioPort();
        int size = exit.ioSize();
        int count = exit.ioCount();
        if (exit.ioIsOut()) {
            for (int i = 0; i < count; i++) {
                ports.write(port, size, exit.ioValue(i));
            }
        } else {
            for (int i = 0; i < count; i++) {
                exit.setIoValue(i, ports.read(port, size));
            }
        }
    }

    private void accessMemory() {
        if (exit.mmioIsWrite()) {
            mmio.write(exit.mmioAddress(), exit.mmioLength(), exit.mmioValue());
        } else {
            exit.setMmioValue(mmio.read(exit.mmioAddress(), exit.mmioLength()));
        }
    }

    private Outcome outcome(ExitReason reason) {
        return switch (VmExit.of(reason, exit)) {
            case VmExit.Halt() -> new Outcome.Halted();
            case VmExit.Shutdown() -> new Outcome.TripleFault(report());
            case VmExit.InternalError error -> new Outcome.InternalError(error, report());
            case VmExit.FailEntry(long hardwareReason, int cpu) ->
                    new Outcome.FailedEntry(hardwareReason, report());
            case VmExit.SystemEvent event -> outcome(event);
            case VmExit other -> unexpected(other);
        };
    }

    private Outcome outcome(VmExit.SystemEvent event) {
        return switch (event.kind()) {
            case SHUTDOWN -> new Outcome.PoweredOff();
            case RESET -> new Outcome.Reset();
            case CRASH -> new Outcome.Panicked();
            default -> unexpected(event);
        };
    }

    private Outcome unexpected(VmExit other) {
        return new Outcome.HostError(
                vcpu.id(), new IllegalStateException("an exit that nobody asked for: " + other));
    }

    private CrashReport report() {
        return CrashReport.of(vcpu, memory);
    }
}
