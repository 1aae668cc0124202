package kvm4j.boot;

import kvm4j.boot.ElfFile.Type;
import kvm4j.memory.StructWriter;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * The table of an ELF file's sections (System V ABI, chapter 4), as boot loaders hand it to a
 * kernel, so that this can name its own functions: the table as it is, and beside it the sections
 * that are not part of the program, with their addresses filled in.
 */
final class ElfSections {

    /** Limits on what is looked at and loaded, so that no image takes long. */
    private static final int MAXIMUM_COUNT = 0x1_0000;

    private static final int MAXIMUM_LOADED = 1024;

    private static final int NO_CONTENTS = 8;
    private static final long PART_OF_PROGRAM = 1 << 1;
    private static final int INDEX_ELSEWHERE = 0xffff;
    private static final int NARROW_SIZE = 40;
    private static final int WIDE_SIZE = 64;
    private static final long LARGEST_ALIGNMENT = 4096;

    /** Where a section header has what. */
    private record Layout(
            int size, int flags, int address, int offset, int length, int link, int alignment) {}

    private static final Layout NARROW = new Layout(NARROW_SIZE, 8, 12, 16, 20, 24, 32);
    private static final Layout WIDE = new Layout(WIDE_SIZE, 8, 16, 24, 32, 40, 48);

    private final ImageReader file;
    private final Type type;
    private final Layout layout;
    private final long table;
    private final int count;
    private final int nameIndex;

    private ElfSections(ImageReader file, Type type, long table, int count, int nameIndex) {
        this.file = file;
        this.type = type;
        this.layout = layoutOf(type);
        this.table = table;
        this.count = count;
        this.nameIndex = nameIndex;
    }

    private static Layout layoutOf(Type type) {
        return type == Type.ELF64 ? WIDE : NARROW;
    }

    /** {@return a file's table, or empty if it has none, or a damaged one} */
    static Optional<ElfSections> find(ImageReader file, Type type) {
        boolean wide = type == Type.ELF64;
        Layout layout = layoutOf(type);
        long table = type.word(file, wide ? 0x28 : 0x20);
        int headerSize = file.u16(wide ? 0x3a : 0x2e);
        long count = file.u16(wide ? 0x3c : 0x30);
        long nameIndex = file.u16(wide ? 0x3e : 0x32);
        if (table == 0 || headerSize != layout.size || !file.contains(table, layout.size)) {
            return Optional.empty();
        }
        if (count == 0) {
            count = type.word(file, table + layout.length);
        }
        if (nameIndex == INDEX_ELSEWHERE) {
            nameIndex = file.u32(table + layout.link);
        }
        boolean whole =
                count > 0 && count <= MAXIMUM_COUNT && file.contains(table, count * layout.size);
        return whole && nameIndex < count
                ? Optional.of(new ElfSections(file, type, table, (int) count, (int) nameIndex))
                : Optional.empty();
    }

    int count() {
        return count;
    }

    /** {@return how many bytes a section's header has} */
    int headerSize() {
        return layout.size;
    }

    /** {@return the index of the section that has the names of all} */
    int nameIndex() {
        return nameIndex;
    }

    /** {@return the size of the table in bytes} */
    int tableSize() {
        return count * layout.size;
    }

    /**
     * Puts what is not part of the program into memory. Where there is no room, or the file does
     * not hold it, a section stays without an address.
     *
     * @param memory the memory, with the program and its modules in it
     * @param from the lowest address to use
     * @param target gets the table, {@link #tableSize} bytes
     */
    void place(ImageMemory memory, long from, StructWriter target) {
        target.copy(0, file.slice(table, tableSize()));
        long left = file.size();
        long next = Math.max(from, MemoryMap.HIGH_START);
        int loaded = 0;
        for (int i = 1; i < count && loaded < MAXIMUM_LOADED; i++) {
            long header = table + (long) i * layout.size;
            long offset = type.word(file, header + layout.offset);
            long length = type.word(file, header + layout.length);
            if (!isApart(header) || length > left || !file.contains(offset, length)) {
                continue;
            }
            OptionalLong place =
                    memory.lowestFree(length, alignment(header), next, ImageMemory.FOUR_GIB);
            if (place.isEmpty()) {
                return;
            }
            long address = place.getAsLong();
            memory.place("a section of the image", address, file.slice(offset, length));
            target.u32((long) i * layout.size + layout.address, address);
            next = address + length;
            left -= length;
            loaded++;
        }
    }

    private long alignment(long header) {
        long wanted = type.word(file, header + layout.alignment);
        return Long.bitCount(wanted) == 1 && wanted <= LARGEST_ALIGNMENT && wanted > 0 ? wanted : 1;
    }

    private boolean isApart(long header) {
        return file.u32(header + 4) != NO_CONTENTS
                && type.word(file, header + layout.length) != 0
                && (type.word(file, header + layout.flags) & PART_OF_PROGRAM) == 0
                && type.word(file, header + layout.address) == 0;
    }
}
