package kvm4j.boot;

import kvm4j.boot.ElfFile.Segment;
import kvm4j.boot.ElfFile.Type;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The words of a position-independent program that depend on where it is (System V ABI, chapter 5,
 * "Dynamic Section", and "Relocation" of the Intel386 and AMD64 supplements). Those that are
 * relative to the program itself are all that one without libraries has.
 */
final class ElfRelocations {

    /** For a program that is where it was linked to be. */
    static final ElfRelocations NONE = new ElfRelocations(Type.ELF64, List.of(), List.of());

    private static final int DT_NULL = 0;
    private static final int DT_NEEDED = 1;
    private static final int DT_PLTRELSZ = 2;
    private static final int DT_RELA = 7;
    private static final int DT_RELASZ = 8;
    private static final int DT_REL = 17;
    private static final int DT_RELSZ = 18;
    private static final int DT_PLTREL = 20;
    private static final int DT_JMPREL = 23;
    private static final int DT_RELRSZ = 35;
    private static final int DT_RELR = 36;

    private static final int R_NONE = 0;

    /** The same number in both supplements. */
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
    private final TreeMap<Long, Segment> segments = new TreeMap<>(Long::compareUnsigned);

    private ElfRelocations(Type type, List<Table> tables, Iterable<Segment> segments) {
        this.type = type;
        this.tables = tables;
        segments.forEach(segment -> this.segments.put(segment.virtualAddress(), segment));
    }

    /**
     * Reads a dynamic section.
     *
     * @param type the file's width
     * @param dynamic the section
     * @param segments what is loaded, in which the tables are
     * @throws ImageException if the program needs libraries, or a table is not in the file
     */
    static ElfRelocations read(Type type, ImageReader dynamic, List<Segment> segments) {
        Map<Integer, Long> values = new HashMap<>();
        int word = type.wordSize();
        for (long at = 0; dynamic.contains(at, 2L * word); at += 2L * word) {
            int tag = (int) type.word(dynamic, at);
            if (tag == DT_NULL) {
                break;
            }
            values.put(tag, type.word(dynamic, at + word));
        }
        if (values.containsKey(DT_NEEDED)) {
            throw new ImageException(
                    "the ELF file needs a library, and nobody here loads one:"
                            + " link it with -static, or -static-pie");
        }
        ElfRelocations found = new ElfRelocations(type, new ArrayList<>(), segments);
        found.add(Addend.EXPLICIT, values.get(DT_RELA), values.get(DT_RELASZ));
        found.add(Addend.IMPLICIT, values.get(DT_REL), values.get(DT_RELSZ));
        found.add(Addend.PACKED, values.get(DT_RELR), values.get(DT_RELRSZ));
        boolean explicit = values.getOrDefault(DT_PLTREL, 0L) == DT_RELA;
        found.add(
                explicit ? Addend.EXPLICIT : Addend.IMPLICIT,
                values.get(DT_JMPREL),
                values.get(DT_PLTRELSZ));
        return found;
    }

    private void add(Addend addend, Long address, Long length) {
        if (address == null || length == null || length == 0) {
            return;
        }
        var holder = segments.floorEntry(address);
        if (holder == null) {
            throw outside("a relocation table", address);
        }
        ImageReader contents =
                new ImageReader(holder.getValue().contents(), "the ELF file's relocation table");
        MemorySegment entries = contents.slice(address - holder.getKey(), length);
        tables.add(new Table(addend, new ImageReader(entries, "the ELF file's relocation table")));
    }

    /**
     * What is left for a loader to do if the program relocates itself: applying what has its addend
     * with it does no harm then, and the rest must not be done twice.
     */
    ElfRelocations harmless() {
        return new ElfRelocations(
                type,
                tables.stream().filter(table -> table.addend == Addend.EXPLICIT).toList(),
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
            if (isRelative(entries, at)) {
                set(
                        place(memory, distance, type.word(entries, at)),
                        type.word(entries, at + 2L * word) + distance);
            }
        }
    }

    private void applyImplicit(ImageMemory memory, long distance, ImageReader entries) {
        int word = type.wordSize();
        for (long at = 0; entries.contains(at, 2L * word); at += 2L * word) {
            if (isRelative(entries, at)) {
                add(memory, distance, type.word(entries, at));
            }
        }
    }

    private boolean isRelative(ImageReader entries, long at) {
        long info = type.word(entries, at + type.wordSize());
        int kind = (int) (type == Type.ELF64 ? info : info & 0xff);
        return switch (kind) {
            case R_NONE -> false;
            case R_RELATIVE -> true;
            default ->
                    throw new ImageException(
                            ("the ELF file has a relocation of type %d at 0x%x; only relative ones"
                                 + " (type %d) are applied here: link it with -static-pie and"
                                 + " hidden symbols, or -no-pie")
                                    .formatted(kind, type.word(entries, at), R_RELATIVE));
        };
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
        set(place, (type == Type.ELF64 ? place.get(WIDE, 0) : place.get(NARROW, 0)) + distance);
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
