package kvm4j.boot;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/**
 * A program in the Executable and Linking Format that needs nothing but itself (System V ABI,
 * chapters 4 and 5), checked: each segment's bytes are in the file, and no segment wraps around.
 *
 * @param type whether addresses have 32 or 64 bits
 * @param movable whether it is position-independent, and may run anywhere once it is relocated
 * @param entry where execution starts, as the file says
 * @param alignment the highest that a segment wants, a power of two
 * @param segments what to load, in the file's order
 * @param notes what a loader may look for
 * @param relocations what is to be changed in it where it runs
 * @param sections what debuggers, and kernels that look at themselves, want to know, if it is there
 */
record ElfFile(
        Type type,
        boolean movable,
        long entry,
        long alignment,
        List<Segment> segments,
        List<ElfNotes.Note> notes,
        ElfRelocations relocations,
        Optional<ElfSections> sections) {

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

        /** {@return how many bytes an address has} */
        int wordSize() {
            return this == ELF64 ? Long.BYTES : Integer.BYTES;
        }

        /** Reads an address. */
        long word(ImageReader file, long offset) {
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

        boolean containsVirtual(long programAddress) {
            return Long.compareUnsigned(programAddress - virtualAddress, length) < 0;
        }

        /** {@return where in physical memory an address of the program is} */
        long toPhysical(long programAddress) {
            return programAddress - virtualAddress + address;
        }

        long end() {
            return address + length;
        }

        Segment moved(long distance) {
            return new Segment(address + distance, virtualAddress + distance, length, contents);
        }

        Segment atVirtualAddress() {
            return new Segment(virtualAddress, virtualAddress, length, contents);
        }
    }

    private static final long MAGIC = 0x464c_457f;
    private static final int CLASS = 4;
    private static final int DATA = 5;
    private static final int LITTLE_ENDIAN = 1;
    private static final int OBJECT_TYPE = 0x10;
    private static final int MACHINE = 0x12;
    private static final int ENTRY = 0x18;

    /** A limit on what is read, so that no image takes long to refuse. */
    private static final int MAXIMUM_HEADERS = 256;

    private static final int EXECUTABLE = 2;
    private static final int POSITION_INDEPENDENT = 3;

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
     * @throws ImageException if this is no program for x86 that needs nothing but itself
     */
    static ElfFile parse(MemorySegment image) {
        if (!recognises(image)) {
            throw new ImageException("the image is not an ELF file");
        }
        Type type = typeOf(image);
        ImageReader file = new ImageReader(image, "the ELF file");
        requireProgram(file, type);
        long headers = type.word(file, type.headersOffset);
        int count = file.u16(type.headerSizeOffset + Short.BYTES);
        if (count > MAXIMUM_HEADERS) {
            throw new ImageException(
                    "the ELF file has %d program headers; %d are believable"
                            .formatted(count, MAXIMUM_HEADERS));
        }
        file.slice(0, type.fileHeaderSize);
        file.slice(headers, (long) count * type.headerSize);
        ElfProgramHeaders program = new ElfProgramHeaders(file, type);
        for (int i = 0; i < count; i++) {
            program.read(headers + (long) i * type.headerSize);
        }
        program.requireNoLibraries();
        List<Segment> segments = program.segments();
        boolean movable = file.u16(OBJECT_TYPE) == POSITION_INDEPENDENT;
        return new ElfFile(
                type,
                movable,
                type.word(file, ENTRY),
                program.alignment(),
                segments,
                program.notes(),
                movable ? program.relocations(segments) : ElfRelocations.NONE,
                ElfSections.find(file, type));
    }

    private static void requireProgram(ImageReader file, Type type) {
        int data = file.u8(DATA);
        int machine = file.u16(MACHINE);
        if (data != LITTLE_ENDIAN || machine != type.machine) {
            throw new ImageException(
                    "the ELF file is not for %s: its machine is %d%s, %s-endian"
                            .formatted(
                                    type.machineName,
                                    machine,
                                    describeMachine(machine),
                                    data == LITTLE_ENDIAN ? "little" : "big"));
        }
        int objectType = file.u16(OBJECT_TYPE);
        if (objectType != EXECUTABLE && objectType != POSITION_INDEPENDENT) {
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
            case 4 -> "a core dump (ET_CORE), not an executable";
            default -> "not an executable: its type is " + objectType;
        };
    }

    private static String describeMachine(int machine) {
        return switch (machine) {
            case 2, 18, 43 -> " (SPARC)";
            case 3 -> " (x86)";
            case 4 -> " (68000)";
            case 8 -> " (MIPS)";
            case 20, 21 -> " (PowerPC)";
            case 22 -> " (S/390)";
            case 40 -> " (Arm)";
            case 50 -> " (Itanium)";
            case 62 -> " (x86-64)";
            case 183 -> " (AArch64)";
            case 243 -> " (RISC-V)";
            case 247 -> " (BPF)";
            case 258 -> " (LoongArch)";
            default -> "";
        };
    }
}
