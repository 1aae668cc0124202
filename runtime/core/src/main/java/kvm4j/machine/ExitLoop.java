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

    private final Vcpu vcpu;
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
        KvmRun exit = vcpu.exit();
        while (true) {
            ExitReason reason = vcpu.run();
            observer.exited(vcpu, reason);
            coalescedWrites.deliver();
            switch (reason) {
                case IO -> accessPort(exit);
                case MMIO -> accessMemory(exit);
                case INTR -> {
                    return null;
                }
                case IOAPIC_EOI -> interrupts.endOfInterrupt(exit.endOfInterruptVector());
                default -> {
                    return outcome(reason);
                }
            }
        }
    }

    private void accessPort(KvmRun exit) {
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

    private void accessMemory(KvmRun exit) {
        if (exit.mmioIsWrite()) {
            mmio.write(exit.mmioAddress(), exit.mmioLength(), exit.mmioValue());
        } else {
            exit.setMmioValue(mmio.read(exit.mmioAddress(), exit.mmioLength()));
        }
    }

    private Outcome outcome(ExitReason reason) {
        return switch (VmExit.of(reason, vcpu.exit())) {
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

    private Outcome unexpected(VmExit exit) {
        return new Outcome.HostError(
                vcpu.id(), new IllegalStateException("an exit that nobody asked for: " + exit));
    }

    private CrashReport report() {
        return CrashReport.of(vcpu, memory);
    }
}
