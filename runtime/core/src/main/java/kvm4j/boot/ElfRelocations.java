package kvm4j.boot;

import kvm4j.boot.ElfFile.Segment;
import kvm4j.boot.ElfFile.Type;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The words of a position-independent program that depend on where it is (System V ABI, chapter 5,
 * "Dynamic Section", and "Relocation" of the Intel386 and AMD64 supplements). Most are relative to
 * the program itself; where a linker left its symbols visible, some name one.
 */
final class ElfRelocations {

    /** For a program that is where it was linked to be. */
    static final ElfRelocations NONE =
            new ElfRelocations(Type.ELF64, List.of(), Optional.empty(), List.of());

    private static final int DT_PLTRELSZ = 2;
    private static final int DT_SYMTAB = 6;
    private static final int DT_RELA = 7;
    private static final int DT_RELASZ = 8;
    private static final int DT_REL = 17;
    private static final int DT_RELSZ = 18;
    private static final int DT_PLTREL = 20;
    private static final int DT_JMPREL = 23;
    private static final int DT_RELRSZ = 35;
    private static final int DT_RELR = 36;

    /** The kinds of relocation; both supplements have the same numbers for these. */
    private static final int R_NONE = 0;

    private static final int R_ABSOLUTE = 1;
    private static final int R_GLOBAL_DATA = 6;
    private static final int R_JUMP_SLOT = 7;
    private static final int R_RELATIVE = 8;

    /** Where a relocation's new value comes from. */
    private enum Addend {
        /** The table has it: applying one twice does no harm. */
        EXPLICIT,
        /** It is the word that is there already. */
        IMPLICIT,
        /** Likewise, and the table is a list of addresses and bit maps. */
        PACKED
    }

    private record Table(Addend addend, ImageReader entries) {}

    private static final ValueLayout.OfInt NARROW =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong WIDE =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final Type type;
    private final List<Table> tables;
    private final Optional<ElfSymbols> symbols;
    private final TreeMap<Long, Segment> segments = new TreeMap<>(Long::compareUnsigned);

    private ElfRelocations(
            Type type,
            List<Table> tables,
            Optional<ElfSymbols> symbols,
            Iterable<Segment> segments) {
        this.type = type;
        this.tables = tables;
        this.symbols = symbols;
        segments.forEach(segment -> this.segments.put(segment.virtualAddress(), segment));
    }

    /**
     * Reads the tables that a dynamic section points to.
     *
     * @param type the file's width
     * @param dynamic the section
     * @param segments what is loaded, in which the tables are
     * @throws ImageException if the program needs libraries, or a table is not in the file
     */
    static ElfRelocations read(Type type, ElfDynamic dynamic, List<Segment> segments) {
        if (dynamic.needsLibrary()) {
            throw new ImageException(
                    "the ELF file needs a library, and nobody here loads one:"
                            + " link it with -static, or -static-pie");
        }
        TreeMap<Long, Segment> loaded = new TreeMap<>(Long::compareUnsigned);
        segments.forEach(segment -> loaded.put(segment.virtualAddress(), segment));
        boolean explicit = dynamic.value(DT_PLTREL).orElse(0) == DT_RELA;
        List<Table> tables =
                Stream.of(
                                table(Addend.EXPLICIT, dynamic, DT_RELA, DT_RELASZ, loaded),
                                table(Addend.IMPLICIT, dynamic, DT_REL, DT_RELSZ, loaded),
                                table(Addend.PACKED, dynamic, DT_RELR, DT_RELRSZ, loaded),
                                table(
                                        explicit ? Addend.EXPLICIT : Addend.IMPLICIT,
                                        dynamic,
                                        DT_JMPREL,
                                        DT_PLTRELSZ,
                                        loaded))
                        .flatMap(Optional::stream)
                        .toList();
        Optional<ElfSymbols> symbols =
                dynamic.value(DT_SYMTAB).stream()
                        .mapToObj(address -> behind(address, loaded))
                        .flatMap(Optional::stream)
                        .map(table -> new ElfSymbols(type, table))
                        .findFirst();
        return new ElfRelocations(type, tables, symbols, segments);
    }

    private static Optional<Table> table(
            Addend addend,
            ElfDynamic dynamic,
            int addressTag,
            int lengthTag,
            TreeMap<Long, Segment> loaded) {
        OptionalLong address = dynamic.value(addressTag);
        long length = dynamic.value(lengthTag).orElse(0);
        if (address.isEmpty() || length == 0) {
            return Optional.empty();
        }
        MemorySegment entries =
                behind(address.getAsLong(), loaded)
                        .orElseThrow(() -> outside("a relocation table", address.getAsLong()))
                        .slice(0, length);
        return Optional.of(
                new Table(addend, new ImageReader(entries, "the ELF file's relocation table")));
    }

    /** What the file holds from an address of the program on. */
    private static Optional<ImageReader> behind(long address, TreeMap<Long, Segment> loaded) {
        var holder = loaded.floorEntry(address);
        if (holder == null) {
            return Optional.empty();
        }
        MemorySegment contents = holder.getValue().contents();
        long offset = address - holder.getKey();
        return offset >= 0 && offset <= contents.byteSize()
                ? Optional.of(
                        new ImageReader(
                                contents.asSlice(offset), "the ELF file's relocation table"))
                : Optional.empty();
    }

    /**
     * What is left for a loader to do if the program relocates itself: applying what has its addend
     * with it does no harm then, and the rest must not be done twice.
     */
    ElfRelocations harmless() {
        return new ElfRelocations(
                type,
                tables.stream().filter(table -> table.addend == Addend.EXPLICIT).toList(),
                symbols,
                segments.values());
    }

    /**
     * Changes the words in memory.
     *
     * @param memory the memory, with the program in it
     * @param distance how far from where it was linked to be the program is
     * @throws ImageException if there is a relocation of another kind, or one of what is not loaded
     */
    void apply(ImageMemory memory, long distance) {
        for (Table table : tables) {
            switch (table.addend) {
                case EXPLICIT -> applyExplicit(memory, distance, table.entries);
                case IMPLICIT -> applyImplicit(memory, distance, table.entries);
                case PACKED -> applyPacked(memory, distance, table.entries);
            }
        }
    }

    private void applyExplicit(ImageMemory memory, long distance, ImageReader entries) {
        int word = type.wordSize();
        for (long at = 0; entries.contains(at, 3L * word); at += 3L * word) {
            int kind = kind(entries, at);
            if (kind != R_NONE) {
                MemorySegment place = place(memory, distance, type.word(entries, at));
                long addend = type.word(entries, at + 2L * word);
                set(place, base(kind, entries, at, distance) + addend);
            }
        }
    }

    private void applyImplicit(ImageMemory memory, long distance, ImageReader entries) {
        int word = type.wordSize();
        for (long at = 0; entries.contains(at, 2L * word); at += 2L * word) {
            int kind = kind(entries, at);
            if (kind != R_NONE) {
                MemorySegment place = place(memory, distance, type.word(entries, at));
                // A slot of either of these may hold something for the linker's own use.
                boolean slot = kind == R_GLOBAL_DATA || kind == R_JUMP_SLOT;
                set(place, base(kind, entries, at, distance) + (slot ? 0 : get(place)));
            }
        }
    }

    private long information(ImageReader entries, long at) {
        return type.word(entries, at + type.wordSize());
    }

    private int kind(ImageReader entries, long at) {
        long information = information(entries, at);
        return (int) (type == Type.ELF64 ? information : information & 0xff);
    }

    /** What the addend of a relocation is added to. */
    private long base(int kind, ImageReader entries, long at, long distance) {
        OptionalLong base =
                switch (kind) {
                    case R_RELATIVE -> OptionalLong.of(distance);
                    case R_ABSOLUTE, R_GLOBAL_DATA, R_JUMP_SLOT -> {
                        long information = information(entries, at);
                        long symbol = information >>> (type == Type.ELF64 ? Integer.SIZE : 8);
                        yield symbols.map(table -> table.address(symbol, distance))
                                .orElse(OptionalLong.empty());
                    }
                    default -> OptionalLong.empty();
                };
        return base.orElseThrow(
                () ->
                        new ImageException(
                                ("the ELF file has a relocation of type %d at 0x%x; only relative"
                                     + " ones (type %d) and those of symbols that it defines are"
                                     + " applied here: link it with -static-pie and hidden symbols,"
                                     + " or -no-pie")
                                        .formatted(kind, type.word(entries, at), R_RELATIVE)));
    }

    /**
     * An even entry is the address of a word; an odd one is a bit map of the words behind that, bit
     * 1 for the first.
     */
    private void applyPacked(ImageMemory memory, long distance, ImageReader entries) {
        int word = type.wordSize();
        int mapped = word * Byte.SIZE - 1;
        long next = 0;
        for (long at = 0; entries.contains(at, word); at += word) {
            long entry = type.word(entries, at);
            if ((entry & 1) == 0) {
                add(memory, distance, entry);
                next = entry + word;
                continue;
            }
            for (int bit = 0; bit < mapped; bit++) {
                if ((entry >>> bit + 1 & 1) != 0) {
                    add(memory, distance, next + (long) bit * word);
                }
            }
            next += (long) mapped * word;
        }
    }

    private void add(ImageMemory memory, long distance, long target) {
        MemorySegment place = place(memory, distance, target);
        set(place, get(place) + distance);
    }

    private long get(MemorySegment place) {
        return type == Type.ELF64 ? place.get(WIDE, 0) : place.get(NARROW, 0);
    }

    private void set(MemorySegment place, long value) {
        if (type == Type.ELF64) {
            place.set(WIDE, 0, value);
        } else {
            place.set(NARROW, 0, (int) value);
        }
    }

    private MemorySegment place(ImageMemory memory, long distance, long target) {
        var holder = segments.floorEntry(target);
        int size = type.wordSize();
        if (holder == null) {
            throw outside("a relocation", target);
        }
        Segment segment = holder.getValue();
        long offset = target - segment.virtualAddress();
        if (segment.length() < size || Long.compareUnsigned(offset, segment.length() - size) > 0) {
            throw outside("a relocation", target);
        }
        return memory.slice(segment.toPhysical(target) + distance, size);
    }

    private static ImageException outside(String what, long address) {
        return new ImageException(
                "the ELF file has %s at 0x%x, where nothing is loaded".formatted(what, address));
    }
}
