package kvm4j.boot;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * A statically linked executable in the Executable and Linking Format (System V ABI, chapters 4 and
 * 5), checked: each segment's bytes are in the file, and no segment wraps around.
 *
 * @param type whether addresses have 32 or 64 bits
 * @param entry where execution starts
 * @param segments what to load, in the file's order
 * @param notes what else its maker wanted to say
 */
record ElfFile(Type type, long entry, List<Segment> segments, List<Note> notes) {

    /** The two widths of the format, with where each keeps what. */
    enum Type {
        ELF32(3, "x86", 0x1c, 0x2a, 32, 52),
        ELF64(62, "x86-64", 0x20, 0x36, 56, 64);

        private final int machine;
        private final String machineName;
        private final int headersOffset;
        private final int headerSizeOffset;
        private final int headerSize;
        private final int fileHeaderSize;

        Type(
                int machine,
                String machineName,
                int headersOffset,
                int headerSizeOffset,
                int headerSize,
                int fileHeaderSize) {
            this.machine = machine;
            this.machineName = machineName;
            this.headersOffset = headersOffset;
            this.headerSizeOffset = headerSizeOffset;
            this.headerSize = headerSize;
            this.fileHeaderSize = fileHeaderSize;
        }

        private long word(ImageReader file, long offset) {
            return this == ELF64 ? file.u64(offset) : file.u32(offset);
        }
    }

    /**
     * A range of memory and what its beginning holds; the rest is zero.
     *
     * @param address where it goes in physical memory
     * @param virtualAddress where the program expects it
     * @param length in memory, at least 1 byte
     * @param contents at most {@code length} bytes
     */
    record Segment(long address, long virtualAddress, long length, MemorySegment contents) {

        boolean contains(long physicalAddress) {
            return physicalAddress >= address && physicalAddress - address < length;
        }
    }

    /**
     * A note, which a loader may look for.
     *
     * @param owner who defined the type
     * @param type what it is about
     * @param contents its bytes
     */
    record Note(String owner, long type, ImageReader contents) {}

    private static final long MAGIC = 0x464c_457f;
    private static final int CLASS = 4;
    private static final int DATA = 5;
    private static final int LITTLE_ENDIAN = 1;
    private static final int OBJECT_TYPE = 0x10;
    private static final int MACHINE = 0x12;
    private static final int ENTRY = 0x18;

    /** Limits on what is read, so that no image takes long to refuse. */
    private static final int MAXIMUM_HEADERS = 256;

    private static final long MAXIMUM_NOTES_LENGTH = 0x1_0000;
    private static final int MAXIMUM_NOTES = 1024;

    private static final int EXECUTABLE = 2;
    private static final int PT_LOAD = 1;
    private static final int PT_INTERP = 3;
    private static final int PT_NOTE = 4;
    private static final int NOTE_HEADER = 12;
    private static final int NOTE_ALIGNMENT = 4;

    static boolean recognises(MemorySegment image) {
        return image.byteSize() >= Integer.BYTES && new ImageReader(image, "").u32(0) == MAGIC;
    }

    /** {@return the width that an image with the magic number claims} */
    static Type typeOf(MemorySegment image) {
        int elfClass = new ImageReader(image, "the ELF file").u8(CLASS);
        return switch (elfClass) {
            case 1 -> Type.ELF32;
            case 2 -> Type.ELF64;
            default ->
                    throw new ImageException(
                            "the ELF file is neither 32-bit nor 64-bit: its class is " + elfClass);
        };
    }

    /**
     * Reads the headers.
     *
     * @throws ImageException if this is no executable for x86 that needs nothing but itself
     */
    static ElfFile parse(MemorySegment image) {
        if (!recognises(image)) {
            throw new ImageException("the image is not an ELF file");
        }
        Type type = typeOf(image);
        ImageReader file = new ImageReader(image, "the ELF file");
        requireExecutable(file, type);
        List<Segment> segments = new ArrayList<>();
        List<Note> notes = new ArrayList<>();
        long headers = type.word(file, type.headersOffset);
        int count = file.u16(type.headerSizeOffset + Short.BYTES);
        if (count > MAXIMUM_HEADERS) {
            throw new ImageException(
                    "the ELF file has %d program headers; %d are believable"
                            .formatted(count, MAXIMUM_HEADERS));
        }
        file.slice(0, type.fileHeaderSize);
        file.slice(headers, (long) count * type.headerSize);
        for (int i = 0; i < count; i++) {
            readHeader(file, type, headers + (long) i * type.headerSize, segments, notes);
        }
        if (segments.isEmpty()) {
            throw new ImageException("the ELF file has no segment to load");
        }
        return new ElfFile(type, type.word(file, ENTRY), List.copyOf(segments), List.copyOf(notes));
    }

    private static void requireExecutable(ImageReader file, Type type) {
        int data = file.u8(DATA);
        int machine = file.u16(MACHINE);
        if (data != LITTLE_ENDIAN || machine != type.machine) {
            throw new ImageException(
                    "the ELF file is not for %s: its machine is %d, %s-endian"
                            .formatted(
                                    type.machineName,
                                    machine,
                                    data == LITTLE_ENDIAN ? "little" : "big"));
        }
        int objectType = file.u16(OBJECT_TYPE);
        if (objectType != EXECUTABLE) {
            throw new ImageException("the ELF file is " + describe(objectType));
        }
        int headerSize = file.u16(type.headerSizeOffset);
        if (headerSize != type.headerSize) {
            throw new ImageException(
                    "the ELF file's program headers have %d bytes each instead of %d"
                            .formatted(headerSize, type.headerSize));
        }
    }

    private static String describe(int objectType) {
        return switch (objectType) {
            case 1 -> "an object file (ET_REL), not an executable: link it first";
            case 3 ->
                    "position-independent (ET_DYN), and nobody here relocates it:"
                            + " link it with -static -no-pie";
            case 4 -> "a core dump (ET_CORE), not an executable";
            default -> "not an executable: its type is " + objectType;
        };
    }

    private static void readHeader(
            ImageReader file, Type type, long at, List<Segment> segments, List<Note> notes) {
        boolean wide = type == Type.ELF64;
        long offset = type.word(file, at + (wide ? 0x08 : 0x04));
        long fileLength = type.word(file, at + (wide ? 0x20 : 0x10));
        switch ((int) file.u32(at)) {
            case PT_INTERP ->
                    throw new ImageException(
                            "the ELF file is dynamically linked, and nobody here loads libraries:"
                                    + " link it with -static");
            case PT_LOAD -> {
                long virtualAddress = type.word(file, at + (wide ? 0x10 : 0x08));
                long address = type.word(file, at + (wide ? 0x18 : 0x0c));
                long length = type.word(file, at + (wide ? 0x28 : 0x14));
                requireSound(address, fileLength, length);
                if (length > 0) {
                    MemorySegment contents = file.slice(offset, fileLength);
                    segments.add(new Segment(address, virtualAddress, length, contents));
                }
            }
            case PT_NOTE -> {
                long looked = Math.clamp(fileLength, 0, MAXIMUM_NOTES_LENGTH);
                readNotes(file.slice(offset, looked), notes);
            }
            default -> {
                // nothing that loading needs
            }
        }
    }

    private static void requireSound(long address, long fileLength, long length) {
        if (Long.compareUnsigned(fileLength, length) > 0) {
            throw new ImageException(
                    "the ELF file's segment at 0x%x is longer in the file than in memory"
                            .formatted(address));
        }
        if (address < 0 || length < 0 || address + length < 0) {
            throw new ImageException(
                    "the ELF file's segment at 0x%x, 0x%x bytes, is beyond any physical memory"
                            .formatted(address, length));
        }
    }

    private static void readNotes(MemorySegment segment, List<Note> notes) {
        ImageReader reader = new ImageReader(segment, "a note of the ELF file");
        long at = 0;
        while (notes.size() < MAXIMUM_NOTES && reader.contains(at, NOTE_HEADER)) {
            long ownerLength = reader.u32(at);
            long length = reader.u32(at + 4);
            long contents = at + NOTE_HEADER + aligned(ownerLength);
            notes.add(
                    new Note(
                            reader.text(at + NOTE_HEADER, ownerLength),
                            reader.u32(at + 8),
                            new ImageReader(
                                    reader.slice(contents, length), "a note of the ELF file")));
            at = contents + aligned(length);
        }
    }

    private static long aligned(long length) {
        return length + NOTE_ALIGNMENT - 1 & -NOTE_ALIGNMENT;
    }
}
