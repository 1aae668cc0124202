package kvm4j.boot;

import kvm4j.memory.GuestMemory;
import kvm4j.memory.StructWriter;
import kvm4j.x86.Registers;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Set;

/**
 * A kernel with a multiboot 2 header (Multiboot2 Specification 2.0), entered in 32-bit protected
 * mode with 0x36d76289 in EAX and the address of the boot information in EBX.
 *
 * <p>What to load is in the header's address tag if it has one, else in the ELF file that the
 * header is in. The boot information has the command line, the boot loader's name, the modules, the
 * amount of memory, the memory map, the sections of an ELF file, where an image that can be moved
 * is and, if there are ACPI tables, copies of their root pointer as of old and of new. It lies
 * below 640 KiB if there is room. Modules follow the kernel at page boundaries, and sections that
 * are not part of it follow them. A kernel that requires something else, such as a framebuffer, is
 * refused.
 */
public final class Multiboot2Image implements BootImage {

    private static final int COMMAND_LINE = 1;
    private static final int LOADER_NAME = 2;
    private static final int MODULE = 3;
    private static final int MEMORY = 4;
    private static final int MEMORY_MAP = 6;
    private static final int SECTIONS = 9;
    private static final int OLD_ACPI_ROOT = 14;
    private static final int ACPI_ROOT = 15;
    private static final int LOAD_BASE = 21;
    private static final Set<Integer> PROVIDED =
            Set.of(
                    COMMAND_LINE,
                    LOADER_NAME,
                    MODULE,
                    MEMORY,
                    MEMORY_MAP,
                    SECTIONS,
                    OLD_ACPI_ROOT,
                    ACPI_ROOT,
                    LOAD_BASE);

    /** How much of the root pointer ACPI 1.0 knew. */
    private static final int OLD_ACPI_ROOT_SIZE = 20;

    private static final long LOADER_MAGIC = 0x36d7_6289L;
    private static final int MAP_ENTRY_SIZE = 24;

    private final Multiboot2Header header;
    private final LoadPlan plan;
    private final BootParameters parameters;

    /**
     * Checks an image.
     *
     * @param image the file's bytes, which are copied when it is loaded
     * @param parameters command line and modules
     * @throws ImageException if they are not a complete kernel with a multiboot 2 header
     */
    public Multiboot2Image(byte[] image, BootParameters parameters) {
        this(ImageFile.of(image), parameters);
    }

    /**
     * Checks an image.
     *
     * @param image the file, which is copied when it is loaded
     * @param parameters command line and modules
     * @throws ImageException if it is not a complete kernel with a multiboot 2 header
     */
    public Multiboot2Image(ImageFile image, BootParameters parameters) {
        this.header = Multiboot2Header.read(image, PROVIDED);
        this.plan = header.plan();
        this.parameters = parameters;
    }

    @Override
    public EntryState load(GuestMemory memory) {
        ImageMemory parts = new ImageMemory(memory);
        LoadPlan placed = plan.place(parts);
        MemoryMap map = parts.map();
        List<PlacedModule> modules = PlacedModule.place(parts, parameters.modules(), placed.end());
        TagList tags = new TagList();
        tags.text(COMMAND_LINE, parameters.commandLine());
        tags.text(LOADER_NAME, LoaderArea.NAME);
        for (PlacedModule module : modules) {
            StructWriter tag = tags.add(MODULE, 8 + module.commandLine().length() + 1);
            tag.u32(0, module.address());
            tag.u32(4, module.end());
            tag.text(8, module.commandLine());
        }
        StructWriter memoryTag = tags.add(MEMORY, 8);
        memoryTag.u32(0, LoaderArea.lowerMemoryKib(map));
        memoryTag.u32(4, LoaderArea.upperMemoryKib(map));
        StructWriter mapTag = tags.add(MEMORY_MAP, 8 + map.ranges().size() * MAP_ENTRY_SIZE);
        mapTag.u32(0, MAP_ENTRY_SIZE);
        map.write(mapTag, 8, MAP_ENTRY_SIZE);
        long behind = PlacedModule.end(modules, placed.end());
        header.sections().ifPresent(sections -> addSections(tags, parts, sections, behind));
        AcpiRoot.find(memory).ifPresent(root -> addAcpiRoots(tags, root));
        if (header.isRelocatable()) {
            tags.add(LOAD_BASE, Integer.BYTES).u32(0, placed.start());
        }
        byte[] information = tags.toBytes();
        var place = LoaderArea.allocate(parts, "the boot information", information.length);
        place.writer().copy(0, MemorySegment.ofArray(information));
        return EntryState.protectedModeOfGrub(
                Registers.CLEARED
                        .withRip(placed.entry())
                        .withRax(LOADER_MAGIC)
                        .withRbx(place.address()));
    }

    private static void addSections(
            TagList tags, ImageMemory parts, ElfSections sections, long from) {
        StructWriter tag = tags.add(SECTIONS, 12 + sections.tableSize());
        tag.u32(0, sections.count());
        tag.u32(4, sections.headerSize());
        tag.u32(8, sections.nameIndex());
        sections.place(parts, from, new StructWriter(tag.bytes().asSlice(12)));
    }

    private static void addAcpiRoots(TagList tags, MemorySegment root) {
        tags.add(OLD_ACPI_ROOT, OLD_ACPI_ROOT_SIZE).copy(0, root.asSlice(0, OLD_ACPI_ROOT_SIZE));
        tags.add(ACPI_ROOT, (int) root.byteSize()).copy(0, root);
    }
}
