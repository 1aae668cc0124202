package kvm4j.machine;

import kvm4j.device.BusCursor;
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
class ExitLoop {

    static final int EXITS_IN_A_CALL = 16;

    final Vcpu vcpu;
    private final KvmRun exit;
    private final GuestMemory memory;
    private final BusCursor ports;
    private final BusCursor mmio;
    private final InterruptWiring interrupts;
    final CoalescedWrites coalescedWrites;
    private final IrqchipMode irqchip;
    private final ExitHandlers handlers;
    private final Processors processors;
    private final Board board;

    /**
     * A loop that has not begun.
     *
     * @param vcpu the vCPU that it runs
     * @param board what handles its exits, with all that is plugged into it
     * @param handlers who handles exits that nothing on the board does
     */
    ExitLoop(Vcpu vcpu, MachineBoard board, ExitHandlers handlers) {
        this.vcpu = vcpu;
        this.exit = vcpu.exit();
        this.memory = board.memory();
        this.ports = board.ports().cursor();
        this.mmio = board.mmio().cursor();
        this.interrupts = board.wiring();
        this.coalescedWrites = board.coalescedWrites();
        this.irqchip = board.irqchip();
        this.handlers = handlers;
        this.processors = board.life().processors();
        this.board = board;
    }

    /** The vCPU's thread has started. */
    void started() {}

    /** The vCPU's thread runs it no more. */
    void left() {}

    /**
     * Runs the guest.
     *
     * @return how the machine ended; null if the run was interrupted and may go on
     */
    final Outcome runUntilInterrupted() {
        while (true) {
            ExitReason reason = handleExits();
            if (reason == ExitReason.INTR) {
                return null;
            }
            if (reason != null) {
                ExitHandler.Verdict verdict = handlers.askAll(vcpu, reason);
                if (verdict == ExitHandler.Verdict.NOT_MINE) {
                    return outcome(reason);
                }
                Outcome outcome = carriedOut(verdict);
                if (outcome != null) {
                    return outcome;
                }
                handled(reason);
            }
        }
    }

    /** Does what a handler wants; answers how the machine ended, if that is what it wants. */
    final Outcome carriedOut(ExitHandler.Verdict verdict) {
        return switch (verdict) {
            case ExitHandler.End(Outcome outcome) -> outcome;
            case ExitHandler.Simple.PAUSE -> {
                processors.pause();
                yield null;
            }
            case ExitHandler.Simple _ -> null;
        };
    }

    /** Ends the machine; the vCPU does not enter the guest again. */
    final void end(Outcome outcome) {
        board.end(outcome);
    }

    /** An exit that the machine has no part for has been handled. */
    void handled(ExitReason reason) {}

    /**
     * Handles up to {@link #EXITS_IN_A_CALL} exits.
     *
     * <p>A loop that never returns stays in the interpreter for some 60,000 rounds, and in code
     * that still gathers profiles for 40,000 more. A method that is called often is compiled soon.
     *
     * @return an exit that is not handled, or {@link ExitReason#INTR}; null if all are
     */
    ExitReason handleExits() {
        for (int i = 0; i < EXITS_IN_A_CALL; i++) {
            ExitReason reason = vcpu.run();
            coalescedWrites.deliver();
            if (reason == ExitReason.INTR) {
                return reason;
            }
            if (!handle(reason)) {
                return reason;
            }
        }
        return null;
    }

    /**
     * Handles an exit if it is this loop's to handle. Compares instead of a switch: a switch would
     * look the reason up in two more tables, which the kernel has driven out of the caches.
     */
    final boolean handle(ExitReason reason) {
        if (reason == ExitReason.IO) {
            accessPort();
        } else if (reason == ExitReason.MMIO) {
            accessMemory();
        } else if (reason == ExitReason.IOAPIC_EOI) {
            interrupts.endOfInterrupt(exit.endOfInterruptVector());
        } else {
            return false;
        }
        return true;
    }

    private void accessPort() {
        int port = exit.ioPort();
        int size = exit.ioSize();
        int count = exit.ioCount();
        try {
            if (exit.ioIsOut()) {
                for (int i = 0; i < count; i++) {
                    ports.write(port, size, exit.ioValue(i));
                }
            } else {
                for (int i = 0; i < count; i++) {
                    exit.setIoValue(i, ports.read(port, size));
                }
            }
        } catch (Throwable failure) {
            throw PartFailure.atPort(port, failure);
        }
    }

    private void accessMemory() {
        long address = exit.mmioAddress();
        try {
            if (exit.mmioIsWrite()) {
                mmio.write(address, exit.mmioLength(), exit.mmioValue());
            } else {
                exit.setMmioValue(mmio.read(address, exit.mmioLength()));
            }
        } catch (Throwable failure) {
            throw PartFailure.atAddress(address, failure);
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
                "vCPU " + vcpu.id(), new IllegalStateException("unexpected exit: " + other));
    }

    /** Where the vCPU is, out of the guest. */
    VcpuPosition position() {
        return VcpuPosition.of(vcpu, memory, irqchip);
    }

    private CrashReport report() {
        return CrashReport.of(vcpu, memory);
    }
}
