package kvm4j.machine;

import kvm4j.boot.FirmwareKernel;
import kvm4j.boot.MemoryMap;
import kvm4j.device.InterruptLine;
import kvm4j.device.PanicDevice;
import kvm4j.device.PowerManagement;
import kvm4j.device.Timers;
import kvm4j.memory.GuestMemory;
import kvm4j.pc.AcpiTables;
import kvm4j.pc.BiosData;
import kvm4j.pc.FirmwareConfiguration;
import kvm4j.pc.InterruptControllers;
import kvm4j.pc.MpTable;
import kvm4j.pc.PcDevices;
import kvm4j.pc.Platform;

import java.util.Optional;

/** A PC's devices, connected to a board, and the tables that describe them. */
final class PcPlatform {

    private final Optional<FirmwareKernel> kernel;

    /**
     * A platform.
     *
     * @param kernel what its firmware starts, if that is to start something
     */
    PcPlatform(Optional<FirmwareKernel> kernel) {
        this.kernel = kernel;
    }

    /** Writes the tables where kernels look for them, if there is memory. */
    void writeTables(GuestMemory memory, int processors, IrqchipMode irqchip) {
        if (memory.contains(0, MemoryMap.HIGH_START)) {
            Platform platform = Platform.usual(processors, controllers(irqchip));
            BiosData.write(memory);
            AcpiTables.write(memory, platform);
            MpTable.write(memory, platform);
        }
    }

    private static InterruptControllers controllers(IrqchipMode irqchip) {
        return switch (irqchip) {
            case NONE -> InterruptControllers.NONE;
            case KERNEL -> InterruptControllers.APICS_AND_PICS;
            case SPLIT -> InterruptControllers.APICS;
        };
    }

    /** Connects the devices. */
    PcDevices attachTo(MachineBoard board) {
        PcDevices devices =
                new PcDevices(
                        board.memory(),
                        board.processors(),
                        FirmwareConfiguration.of(board.memory(), kernel),
                        new BoardWiring(board));
        devices.attachTo(board.ports(), board.mmio());
        return devices;
    }

    private record BoardWiring(MachineBoard board) implements PcDevices.Wiring {

        @Override
        public InterruptLine interrupt(int number) {
            return board.interrupt(number);
        }

        @Override
        public Timers timers() {
            return board.timers();
        }

        @Override
        public PowerManagement.Sleep sleep() {
            return board.suspension();
        }

        @Override
        public void reset() {
            board.end(new Outcome.Reset());
        }

        @Override
        public void powerOff() {
            board.end(new Outcome.PoweredOff());
        }

        @Override
        public void panicked(PanicDevice.Event event) {
            if (event == PanicDevice.Event.PANICKED) {
                board.end(new Outcome.Panicked());
            }
        }
    }
}
