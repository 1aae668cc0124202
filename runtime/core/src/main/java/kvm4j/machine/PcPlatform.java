package kvm4j.machine;

import kvm4j.boot.FirmwareKernel;
import kvm4j.boot.MemoryMap;
import kvm4j.device.FwCfg;
import kvm4j.device.InterruptLine;
import kvm4j.device.PanicDevice;
import kvm4j.device.PciHostBridge;
import kvm4j.device.PowerManagement;
import kvm4j.device.Serial16550;
import kvm4j.device.Timers;
import kvm4j.memory.GuestMemory;
import kvm4j.pc.AcpiTables;
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
    void writeTables(GuestMemory memory, int processors) {
        if (!memory.contains(0, MemoryMap.HIGH_START)) {
            return;
        }
        Platform platform =
                new Platform(
                        processors,
                        PowerManagement.PORT,
                        PcDevices.POWER_INTERRUPT,
                        PowerManagement.SLEEP_TYPE_OFF,
                        PciHostBridge.RESET_PORT,
                        PciHostBridge.RESET_VALUE);
        AcpiTables.write(memory, platform);
        MpTable.write(memory, platform);
    }

    /** Connects the devices. */
    PcDevices attachTo(Board board) {
        PcDevices devices =
                new PcDevices(
                        board.memory(),
                        board.processors(),
                        configuration(board.memory()),
                        new BoardWiring(board));
        devices.attachTo(board.ports());
        return devices;
    }

    private FwCfg.Builder configuration(GuestMemory memory) {
        FwCfg.Builder configuration =
                FwCfg.builder()
                        .file(FwCfg.MEMORY_MAP_FILE, MemoryMap.of(memory).toBytes())
                        .file64(FwCfg.SERIAL_CONSOLE_FILE, Serial16550.COM1_PORT);
        kernel.ifPresent(
                image -> {
                    image.segments(memory).forEach(configuration::item);
                    image.files().forEach(configuration::file);
                });
        return configuration;
    }

    private record BoardWiring(Board board) implements PcDevices.Wiring {

        @Override
        public InterruptLine interrupt(int number) {
            return board.interrupt(number);
        }

        @Override
        public Timers timers() {
            return board.timers();
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
