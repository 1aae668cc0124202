package kvm4j.boot;

import kvm4j.memory.GuestMemory;
import kvm4j.x86.Registers;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.OptionalLong;

/**
 * An ELF kernel with a PVH entry point (Xen, "x86/HVM direct boot ABI"): a note of owner "Xen" and
 * type 18 has the address, which is entered in 32-bit protected mode with the address of the start
 * information in EBX. Linux kernels, uncompressed, have one if they are configured with CONFIG_PVH.
 *
 * <p>The start information has the command line, the modules, the memory map and, if there are ACPI
 * tables, their root pointer; it lies below 640 KiB. Modules follow the kernel at page boundaries.
 */
public final class PvhImage implements BootImage {

    private static final String NOTE_OWNER = "Xen";
    private static final long NOTE_ENTRY = 18;

    private static final long MAGIC = 0x336e_c578L;
    private static final int VERSION = 1;
    private static final int START_INFORMATION_SIZE = 56;
    private static final int MODULE_SIZE = 32;
    private static final int MAP_ENTRY_SIZE = 24;

    private final LoadPlan plan;
    private final BootParameters parameters;

    /**
     * Checks an image.
     *
     * @param image the file's bytes, which are copied when it is loaded
     * @param parameters command line and modules
     * @throws ImageException if they are not a complete kernel with a PVH entry point
     */
    public PvhImage(byte[] image, BootParameters parameters) {
        ElfFile file = ElfFile.parse(MemorySegment.ofArray(image).asReadOnly());
        long entry =
                findEntry(file)
                        .orElseThrow(
                                () ->
                                        new ImageException(
                                                "the ELF file has no note with a PVH entry point"));
        this.plan = new LoadPlan(file.segments(), entry);
        this.parameters = parameters;
    }

    /** {@return the PVH entry point, or empty if there is none} */
    static OptionalLong findEntry(ElfFile file) {
        for (ElfFile.Note note : file.notes()) {
            if (note.type() == NOTE_ENTRY && note.owner().equals(NOTE_OWNER)) {
                return OptionalLong.of(note.contents().u32(0));
            }
        }
        return OptionalLong.empty();
    }

    @Override
    public EntryState load(GuestMemory memory) {
        ImageMemory parts = new ImageMemory(memory);
        plan.place(parts);
        MemoryMap map = parts.map();
        List<PlacedModule> modules = PlacedModule.place(parts, parameters.modules(), plan.end());
        var information =
                LoaderArea.allocate(parts, "the start information", START_INFORMATION_SIZE);
        StructWriter writer = information.writer();
        writer.u32(0, MAGIC);
        writer.u32(4, VERSION);
        writer.u32(12, modules.size());
        writer.u64(16, writeModules(parts, modules));
        writer.u64(24, LoaderArea.string(parts, parameters.commandLine()));
        writer.u64(32, AcpiTables.findRoot(memory).isPresent() ? AcpiTables.ROOT_ADDRESS : 0);
        writer.u64(40, writeMap(parts, map));
        writer.u32(48, map.ranges().size());
        return EntryState.protectedMode(
                Registers.CLEARED.withRip(plan.entry()).withRbx(information.address()));
    }

    private static long writeModules(ImageMemory parts, List<PlacedModule> modules) {
        if (modules.isEmpty()) {
            return 0;
        }
        var table =
                LoaderArea.allocate(parts, "the module table", (long) modules.size() * MODULE_SIZE);
        long at = 0;
        for (PlacedModule module : modules) {
            table.writer().u64(at, module.address());
            table.writer().u64(at + 8, module.length());
            table.writer().u64(at + 16, LoaderArea.string(parts, module.commandLine()));
            at += MODULE_SIZE;
        }
        return table.address();
    }

    private static long writeMap(ImageMemory parts, MemoryMap map) {
        long size = (long) map.ranges().size() * MAP_ENTRY_SIZE;
        var table = LoaderArea.allocate(parts, "the memory map", size);
        map.write(table.writer(), 0, MAP_ENTRY_SIZE);
        return table.address();
    }
}
