package kvm4j.boot;

import kvm4j.memory.GuestMemory;
import kvm4j.memory.StructWriter;
import kvm4j.x86.Registers;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A kernel with a multiboot header (Multiboot Specification 0.6.96), entered in 32-bit protected
 * mode with 0x2badb002 in EAX and the address of the information structure in EBX.
 *
 * <p>What to load is in the header's address fields if it has them, else in the ELF file that the
 * header is in. The information structure has the amount of memory, the memory map, the command
 * line with the image's name in front, the modules, the sections of an ELF file and the boot
 * loader's name; it lies below 640 KiB if there is room. Modules follow the kernel at page
 * boundaries, and sections that are not part of it follow them. A kernel that requires a video mode
 * is refused.
 */
public final class MultibootImage implements BootImage {

    /** Where its header is: three words, which add up to zero, in the first 8 KiB. */
    static final HeaderSearch SEARCH =
            new HeaderSearch("multiboot", 0x1bad_b002L, Integer.BYTES, 3, 8192);

    private static final long REQUIRES_ALIGNED_MODULES = 1 << 0;
    private static final long REQUIRES_MEMORY = 1 << 1;
    private static final long REQUIRES_VIDEO_MODE = 1 << 2;
    private static final long REQUIREMENTS = 0xffff;
    private static final long HAS_ADDRESSES = 1 << 16;

    private static final int HEADER_ADDRESS = 0x0c;
    private static final int LOAD_ADDRESS = 0x10;
    private static final int LOAD_END_ADDRESS = 0x14;
    private static final int BSS_END_ADDRESS = 0x18;
    private static final int ENTRY_ADDRESS = 0x1c;

    private static final long LOADER_MAGIC = 0x2bad_b002L;
    private static final int INFORMATION_SIZE = 116;
    private static final long HAS_MEMORY = 1 << 0;
    private static final long HAS_COMMAND_LINE = 1 << 2;
    private static final long HAS_MODULES = 1 << 3;
    private static final long HAS_SECTIONS = 1 << 5;
    private static final long HAS_MEMORY_MAP = 1 << 6;
    private static final long HAS_LOADER_NAME = 1 << 9;

    private static final int MODULE_SIZE = 16;
    private static final int MAP_ENTRY_SIZE = 24;

    private final LoadPlan plan;
    private final Optional<ElfSections> sections;
    private final BootParameters parameters;

    /**
     * Checks an image.
     *
     * @param image the file's bytes, which are copied when it is loaded
     * @param parameters command line and modules
     * @throws ImageException if they are not a complete kernel with a multiboot header
     */
    public MultibootImage(byte[] image, BootParameters parameters) {
        this(ImageFile.of(image), parameters);
    }

    /**
     * Checks an image.
     *
     * @param image the file, which is copied when it is loaded
     * @param parameters command line and modules
     * @throws ImageException if it is not a complete kernel with a multiboot header
     */
    public MultibootImage(ImageFile image, BootParameters parameters) {
        ImageReader reader = image.reader("the multiboot header");
        long header = SEARCH.find(reader).orElseThrow(() -> SEARCH.missing(reader));
        long flags = reader.u32(header + 4);
        requireModest(flags);
        this.parameters = parameters;
        if ((flags & HAS_ADDRESSES) == 0) {
            this.plan = LoadPlan.of(image.elf());
            this.sections = image.elf().sections();
        } else {
            this.plan = addressed(reader, header);
            this.sections = Optional.empty();
        }
    }

    /**
     * Whether a file has a header that counts. Of what is not an ELF file only one with addresses
     * does where the file can be booted otherwise: a disk may have a kernel right behind its boot
     * sector, and firmware that other firmware can load has a header, too.
     */
    static boolean recognises(ImageFile file) {
        ImageReader reader = file.reader("the multiboot header");
        OptionalLong header = SEARCH.find(reader);
        if (header.isEmpty() || file.isElf()) {
            return header.isPresent();
        }
        long at = header.getAsLong();
        if ((reader.u32(at + 4) & HAS_ADDRESSES) == 0) {
            return !BootSector.recognises(file.bytes());
        }
        return !FirmwareImage.recognises(file.bytes())
                || reader.u32(at + LOAD_ADDRESS) != FirmwareImage.address(reader.size());
    }

    private static void requireModest(long flags) {
        if ((flags & REQUIRES_VIDEO_MODE) != 0) {
            throw new ImageException(
                    "the multiboot header requires what there is none of here: a video mode"
                            + " (flags 0x4); the console is the serial port: a kernel that can do"
                            + " with it runs with that flag cleared");
        }
        long unknown = flags & REQUIREMENTS & ~(REQUIRES_ALIGNED_MODULES | REQUIRES_MEMORY);
        if (unknown != 0) {
            throw new ImageException(
                    "the multiboot header requires what there is none of here: flags 0x%x"
                            .formatted(unknown));
        }
    }

    private static LoadPlan addressed(ImageReader image, long header) {
        long start = image.u32(header + LOAD_ADDRESS);
        return LoadPlan.addressed(
                image,
                header - (image.u32(header + HEADER_ADDRESS) - start),
                start,
                image.u32(header + LOAD_END_ADDRESS),
                image.u32(header + BSS_END_ADDRESS),
                image.u32(header + ENTRY_ADDRESS));
    }

    @Override
    public EntryState load(GuestMemory memory) {
        ImageMemory parts = new ImageMemory(memory);
        LoadPlan placed = plan.place(parts);
        MemoryMap map = parts.map();
        List<PlacedModule> modules = PlacedModule.place(parts, parameters.modules(), placed.end());
        var information = LoaderArea.allocate(parts, "the multiboot information", INFORMATION_SIZE);
        StructWriter writer = information.writer();
        long flags = HAS_MEMORY | HAS_COMMAND_LINE | HAS_MEMORY_MAP | HAS_LOADER_NAME;
        writer.u32(4, LoaderArea.lowerMemoryKib(map));
        writer.u32(8, LoaderArea.upperMemoryKib(map));
        writer.u32(16, LoaderArea.string(parts, commandLine()));
        if (!modules.isEmpty()) {
            flags |= HAS_MODULES;
            writer.u32(20, modules.size());
            writer.u32(24, writeModules(parts, modules));
        }
        if (sections.isPresent()) {
            flags |= HAS_SECTIONS;
            writeSections(parts, sections.get(), PlacedModule.end(modules, placed.end()), writer);
        }
        writer.u32(44, (long) map.ranges().size() * MAP_ENTRY_SIZE);
        writer.u32(48, writeMap(parts, map));
        writer.u32(64, LoaderArea.string(parts, LoaderArea.NAME));
        writer.u32(0, flags);
        return EntryState.protectedMode(
                Registers.CLEARED
                        .withRip(placed.entry())
                        .withRax(LOADER_MAGIC)
                        .withRbx(information.address()));
    }

    /** Kernels of this protocol take the first word for their name, as of old. */
    private String commandLine() {
        return parameters.commandLine().isEmpty()
                ? parameters.name()
                : parameters.name() + " " + parameters.commandLine();
    }

    private static long writeModules(ImageMemory parts, List<PlacedModule> modules) {
        var table =
                LoaderArea.allocate(parts, "the module table", (long) modules.size() * MODULE_SIZE);
        long at = 0;
        for (PlacedModule module : modules) {
            table.writer().u32(at, module.address());
            table.writer().u32(at + 4, module.end());
            table.writer().u32(at + 8, LoaderArea.string(parts, module.commandLine()));
            at += MODULE_SIZE;
        }
        return table.address();
    }

    private static void writeSections(
            ImageMemory parts, ElfSections sections, long from, StructWriter information) {
        var table = LoaderArea.allocate(parts, "the table of sections", sections.tableSize());
        sections.place(parts, from, table.writer());
        information.u32(28, sections.count());
        information.u32(32, sections.headerSize());
        information.u32(36, table.address());
        information.u32(40, sections.nameIndex());
    }

    /** Each entry is preceded by its size, which does not count itself. */
    private static long writeMap(ImageMemory parts, MemoryMap map) {
        long size = (long) map.ranges().size() * MAP_ENTRY_SIZE;
        var table = LoaderArea.allocate(parts, "the memory map", size);
        for (long at = 0; at < size; at += MAP_ENTRY_SIZE) {
            table.writer().u32(at, MemoryMap.ENTRY_SIZE);
        }
        map.write(table.writer(), 4, MAP_ENTRY_SIZE);
        return table.address();
    }
}
