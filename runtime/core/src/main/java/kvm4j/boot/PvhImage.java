package kvm4j.boot;

import kvm4j.memory.GuestMemory;
import kvm4j.memory.StructWriter;
import kvm4j.x86.Registers;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * An ELF kernel with a PVH entry point (Xen, "x86/HVM direct boot ABI"): a note of owner "Xen" and
 * type 18 has the address, which is entered in 32-bit protected mode with the address of the start
 * information in EBX. Linux kernels, uncompressed, have one if they are configured with CONFIG_PVH.
 * A kernel that does not fit where it is linked is moved, if a note of type 19 says that it
 * relocates itself, or if it is a position-independent ELF file, which is relocated.
 *
 * <p>The start information has the command line, the modules, the memory map and, if there are ACPI
 * tables, their root pointer; it lies below 640 KiB. Modules follow the kernel at page boundaries.
 */
public final class PvhImage implements BootImage {

    private static final long NOTE_ENTRY = 18;
    private static final long NOTE_RELOCATION = 19;
    private static final long DEFAULT_ALIGNMENT = 0x20_0000;
    private static final long LEAST_ALIGNMENT = 0x1000;

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
        this(ImageFile.of(image), parameters);
    }

    /**
     * Checks an image.
     *
     * @param image the file, which is copied when it is loaded
     * @param parameters command line and modules
     * @throws ImageException if it is not a complete kernel with a PVH entry point
     */
    public PvhImage(ImageFile image, BootParameters parameters) {
        ElfFile file = image.elf();
        long entry =
                findEntry(file)
                        .orElseThrow(
                                () ->
                                        new ImageException(
                                                "the ELF file has no note with a PVH entry point"));
        LoadPlan linked = LoadPlan.enteredAt(file, entry);
        this.plan =
                findNote(file, NOTE_RELOCATION)
                        .map(note -> linked.withMobility(mobility(note, file)))
                        .orElse(linked);
        this.parameters = parameters;
    }

    /** {@return the PVH entry point, or empty if there is none} */
    static OptionalLong findEntry(ElfFile file) {
        return file.notes().stream()
                .filter(
                        note ->
                                note.type() == NOTE_ENTRY
                                        && note.contents().size() >= Integer.BYTES)
                .mapToLong(ElfNotes.Note::number)
                .findFirst();
    }

    private static Optional<ElfNotes.Note> findNote(ElfFile file, long type) {
        return file.notes().stream().filter(note -> note.type() == type).findFirst();
    }

    /**
     * Up to three numbers: alignment, lowest and highest address (Xen, include/public/elfnote.h,
     * XEN_ELFNOTE_PHYS32_RELOC).
     */
    private static Mobility mobility(ElfNotes.Note note, ElfFile file) {
        ImageReader numbers = note.contents();
        long usual = file.alignment() >= LEAST_ALIGNMENT ? file.alignment() : DEFAULT_ALIGNMENT;
        return new Mobility(
                number(numbers, 0, usual),
                number(numbers, 1, 0),
                number(numbers, 2, ImageMemory.FOUR_GIB - 1),
                Mobility.Preference.AS_LINKED);
    }

    private static long number(ImageReader numbers, int index, long otherwise) {
        long offset = (long) index * Integer.BYTES;
        return numbers.contains(offset, Integer.BYTES) ? numbers.u32(offset) : otherwise;
    }

    @Override
    public EntryState load(GuestMemory memory) {
        ImageMemory parts = new ImageMemory(memory);
        LoadPlan placed = plan.place(parts);
        MemoryMap map = parts.map();
        List<PlacedModule> modules = PlacedModule.place(parts, parameters.modules(), placed.end());
        var information =
                LoaderArea.allocate(parts, "the start information", START_INFORMATION_SIZE);
        StructWriter writer = information.writer();
        writer.u32(0, MAGIC);
        writer.u32(4, VERSION);
        writer.u32(12, modules.size());
        writer.u64(16, writeModules(parts, modules));
        writer.u64(24, LoaderArea.string(parts, parameters.commandLine()));
        writer.u64(32, AcpiRoot.find(memory).isPresent() ? AcpiRoot.ADDRESS : 0);
        writer.u64(40, writeMap(parts, map));
        writer.u32(48, map.ranges().size());
        return EntryState.protectedMode(
                Registers.CLEARED.withRip(placed.entry()).withRbx(information.address()));
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
