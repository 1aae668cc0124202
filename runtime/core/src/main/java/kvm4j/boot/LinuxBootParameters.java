package kvm4j.boot;

import kvm4j.memory.GuestMemory;
import kvm4j.memory.StructWriter;

import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * The page in which a boot loader tells Linux what it needs to know, {@code struct boot_params}
 * ("zero page"; Linux, Documentation/arch/x86/zero-page.rst and boot.rst): command line, initrd,
 * memory map and the root pointer of the ACPI tables.
 */
final class LinuxBootParameters {

    private static final int SIZE = 4096;

    private static final int ACPI_ROOT = 0x070;
    private static final int MAP_ENTRIES = 0x1e8;
    private static final int MAP = 0x2d0;
    private static final int MAP_CAPACITY = 128;

    private static final String INITRD = "the initrd";

    private LinuxBootParameters() {}

    /**
     * Writes the page, the command line and the initrd.
     *
     * @param parts the memory, with the kernel in it
     * @param memory the same
     * @param parameters command line, and at most one module: the initrd
     * @param setupHeader what the image itself brings, from {@link LinuxSetupHeader#START} on
     * @param limits what the kernel can take
     * @return the page's address
     */
    static long write(
            ImageMemory parts,
            GuestMemory memory,
            BootParameters parameters,
            MemorySegment setupHeader,
            Limits limits) {
        requireWithin(limits, parameters);
        var page = LoaderArea.allocate(parts, "the boot parameters", SIZE);
        StructWriter writer = page.writer();
        writer.copy(LinuxSetupHeader.START, setupHeader);
        writer.u8(LinuxSetupHeader.LOADER_TYPE, LinuxSetupHeader.LOADER_WITHOUT_NUMBER);
        writer.u32(
                LinuxSetupHeader.COMMAND_LINE_ADDRESS,
                LoaderArea.string(parts, parameters.commandLine()));
        if (AcpiRoot.find(memory).isPresent()) {
            writer.u64(ACPI_ROOT, AcpiRoot.ADDRESS);
        }
        for (BootParameters.Module initrd : parameters.modules()) {
            MemorySegment contents = initrd.contents();
            long end = Math.min(limits.initrdEnd, parts.map().usableEnd(MemoryMap.HIGH_START));
            long address = placeInitrd(parts, contents, end);
            writer.u32(LinuxSetupHeader.RAMDISK_ADDRESS, address);
            writer.u32(LinuxSetupHeader.RAMDISK_SIZE, contents.byteSize());
        }
        List<MemoryMap.Range> ranges = parts.map().ranges();
        MemoryMap shown = new MemoryMap(ranges.subList(0, Math.min(ranges.size(), MAP_CAPACITY)));
        writer.u8(MAP_ENTRIES, shown.ranges().size());
        shown.write(writer, MAP, MemoryMap.ENTRY_SIZE);
        return page.address();
    }

    private static long placeInitrd(ImageMemory parts, MemorySegment contents, long end) {
        long length = contents.byteSize();
        long address =
                parts.highestFree(length, GuestMemory.PAGE_SIZE, MemoryMap.HIGH_START, end)
                        .orElseThrow(() -> parts.noRoom(INITRD, length, MemoryMap.HIGH_START, end));
        parts.place(INITRD, address, contents);
        return address;
    }

    private static void requireWithin(Limits limits, BootParameters parameters) {
        if (parameters.commandLine().length() > limits.commandLineLength) {
            throw new ImageException(
                    "the command line has %d characters; this kernel takes at most %d"
                            .formatted(
                                    parameters.commandLine().length(), limits.commandLineLength));
        }
        if (parameters.modules().size() > 1) {
            throw new ImageException(
                    "Linux takes one module, the initrd; there are " + parameters.modules().size());
        }
    }

    /**
     * What a kernel can take.
     *
     * @param commandLineLength characters, without the zero behind them
     * @param initrdEnd the address at or below which an initrd has to end
     */
    record Limits(long commandLineLength, long initrdEnd) {}
}
