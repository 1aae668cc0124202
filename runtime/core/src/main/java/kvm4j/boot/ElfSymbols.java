package kvm4j.boot;

import kvm4j.boot.ElfFile.Type;

import java.util.OptionalLong;

/**
 * The symbols that the relocations of a position-independent ELF file may refer to (System V ABI,
 * chapter 4, "Symbol Table").
 *
 * @param type the file's width
 * @param table the file's dynamic symbol table and what follows it: how long it is, the file does
 *     not say
 */
record ElfSymbols(Type type, ImageReader table) {

    private static final int NARROW_SIZE = 16;
    private static final int WIDE_SIZE = 24;

    private static final int UNDEFINED = 0;
    private static final int ABSOLUTE = 0xfff1;
    private static final int FIRST_RESERVED = 0xff00;

    private static final int BINDING_SHIFT = 4;
    private static final int WEAK = 2;

    private static final int KIND_MASK = 0xf;

    /** Highest kind that has an address: none, object, function, section, file, common. */
    private static final int HIGHEST_ADDRESSED = 5;

    /**
     * Where a symbol is.
     *
     * @param index its place in the table
     * @param distance how far from where it was linked to be the program is
     * @return its address; 0 for a weak one that nobody defines; empty for one that the file does
     *     not define, or that is no plain address
     */
    OptionalLong address(long index, long distance) {
        boolean wide = type == Type.ELF64;
        int size = wide ? WIDE_SIZE : NARROW_SIZE;
        long at = index * size;
        if (!table.contains(at, size)) {
            return OptionalLong.empty();
        }
        int info = table.u8(at + (wide ? 4 : 12));
        int section = table.u16(at + (wide ? 6 : 14));
        long value = type.word(table, at + (wide ? 8 : 4));
        if (section == UNDEFINED) {
            return info >>> BINDING_SHIFT == WEAK ? OptionalLong.of(0) : OptionalLong.empty();
        }
        if (section == ABSOLUTE) {
            return OptionalLong.of(value);
        }
        return section < FIRST_RESERVED && (info & KIND_MASK) <= HIGHEST_ADDRESSED
                ? OptionalLong.of(value + distance)
                : OptionalLong.empty();
    }
}
