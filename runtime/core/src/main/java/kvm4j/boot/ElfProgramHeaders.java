package kvm4j.boot;

import kvm4j.boot.ElfFile.Segment;
import kvm4j.boot.ElfFile.Type;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What an ELF file's program headers say, one after the other (System V ABI, chapter 5). */
final class ElfProgramHeaders {

    private static final int PT_LOAD = 1;
    private static final int PT_DYNAMIC = 2;
    private static final int PT_INTERP = 3;
    private static final int PT_NOTE = 4;

    private static final MemorySegment NOTHING = MemorySegment.ofArray(new byte[0]);

    private final ImageReader file;
    private final Type type;
    private final List<Segment> segments = new ArrayList<>();
    private final ElfNotes notes = new ElfNotes();
    private long alignment = 1;
    private Optional<ElfDynamic> dynamic = Optional.empty();
    private boolean namesLoader;

    ElfProgramHeaders(ImageReader file, Type type) {
        this.file = file;
        this.type = type;
    }

    /**
     * Reads one header.
     *
     * @param at its offset in the file, which holds all of it
     * @throws ImageException if it wants a segment that cannot be
     */
    void read(long at) {
        switch ((int) file.u32(at)) {
            case PT_INTERP -> namesLoader = true;
            case PT_LOAD -> readSegment(at);
            case PT_DYNAMIC -> dynamic = Optional.of(readDynamic(at));
            case PT_NOTE -> notes.read(part(at), field(at, 0x1c, 0x30));
            default -> {
                // nothing that loading needs
            }
        }
    }

    private long field(long header, int narrowOffset, int wideOffset) {
        return type.word(file, header + (type == Type.ELF64 ? wideOffset : narrowOffset));
    }

    /** {@return as much as there is in the file of what a header points to} */
    private MemorySegment part(long header) {
        long offset = field(header, 0x04, 0x08);
        long length = field(header, 0x10, 0x20);
        if (!file.contains(offset, 0)) {
            return NOTHING;
        }
        long there = file.size() - offset;
        boolean whole = Long.compareUnsigned(length, there) <= 0;
        return file.slice(offset, whole ? length : there);
    }

    private ElfDynamic readDynamic(long at) {
        return new ElfDynamic(type, new ImageReader(part(at), "the ELF file's dynamic section"));
    }

    private void readSegment(long at) {
        long offset = field(at, 0x04, 0x08);
        long virtualAddress = field(at, 0x08, 0x10);
        long address = field(at, 0x0c, 0x18);
        long fileLength = field(at, 0x10, 0x20);
        long length = field(at, 0x14, 0x28);
        if (Long.compareUnsigned(fileLength, length) > 0) {
            throw new ImageException(
                    "the ELF file's segment at 0x%x is longer in the file than in memory"
                            .formatted(address));
        }
        if (length == 0) {
            return;
        }
        if (address < 0 || length < 0 || address + length < 0) {
            throw new ImageException(
                    "the ELF file's segment at 0x%x, 0x%x bytes, is beyond any physical memory"
                            .formatted(address, length));
        }
        MemorySegment contents = fileLength == 0 ? NOTHING : file.slice(offset, fileLength);
        segments.add(new Segment(address, virtualAddress, length, contents));
        long wanted = field(at, 0x1c, 0x30);
        if (Long.bitCount(wanted) == 1 && Long.compareUnsigned(wanted, alignment) > 0) {
            alignment = wanted;
        }
    }

    /**
     * What to load. Where the linker gave no physical addresses at all, the virtual ones count.
     *
     * @throws ImageException if there is nothing
     */
    List<Segment> segments() {
        if (segments.isEmpty()) {
            throw new ImageException("the ELF file has no segment to load");
        }
        boolean unplaced =
                segments.size() > 1
                        && segments.stream().allMatch(segment -> segment.address() == 0)
                        && segments.stream().allMatch(ElfProgramHeaders::canBePhysical);
        return unplaced
                ? segments.stream().map(Segment::atVirtualAddress).toList()
                : List.copyOf(segments);
    }

    private static boolean canBePhysical(Segment segment) {
        return segment.virtualAddress() >= 0 && segment.virtualAddress() + segment.length() >= 0;
    }

    /**
     * Linkers name a loader of libraries in each position-independent program that is not made with
     * -static-pie, whether it has any or not.
     *
     * @throws ImageException if there are libraries to load
     */
    void requireNoLibraries() {
        if (namesLoader && dynamic.map(ElfDynamic::needsLibrary).orElse(true)) {
            throw new ImageException(
                    "the ELF file is dynamically linked, and nobody here loads libraries:"
                            + " link it with -static, or -static-pie");
        }
    }

    List<ElfNotes.Note> notes() {
        return notes.found();
    }

    /** {@return the highest alignment that a segment wants, a power of two} */
    long alignment() {
        return alignment;
    }

    /** {@return what the dynamic section, if there is one, says is to be relocated} */
    ElfRelocations relocations(List<Segment> loaded) {
        return dynamic.map(section -> ElfRelocations.read(type, section, loaded))
                .orElse(ElfRelocations.NONE);
    }
}
