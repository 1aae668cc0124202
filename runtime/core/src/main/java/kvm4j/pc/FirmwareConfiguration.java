package kvm4j.pc;

import kvm4j.boot.FirmwareKernel;
import kvm4j.boot.MemoryMap;
import kvm4j.device.FwCfg;
import kvm4j.device.Serial16550;
import kvm4j.memory.GuestMemory;

import java.util.Optional;

/** What firmware finds in fw_cfg, beside what {@link PcDevices} adds. */
public final class FirmwareConfiguration {

    private FirmwareConfiguration() {}

    /**
     * The memory map, the serial line as screen and keyboard, and the kernel.
     *
     * @param memory the guest's memory
     * @param kernel what the firmware starts, if that is to start something
     * @return items and files, to which others can be added
     */
    public static FwCfg.Builder of(GuestMemory memory, Optional<FirmwareKernel> kernel) {
        FwCfg.Builder configuration =
                FwCfg.builder()
                        .file(FwCfg.MEMORY_MAP_FILE, MemoryMap.forFirmware(memory).toBytes())
                        .file64(FwCfg.SERIAL_CONSOLE_FILE, Serial16550.COM1_PORT);
        kernel.ifPresent(
                image -> {
                    image.segments(memory).forEach(configuration::item);
                    image.files().forEach(configuration::file);
                });
        return configuration;
    }
}
