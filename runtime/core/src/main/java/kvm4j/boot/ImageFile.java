package kvm4j.boot;

import java.lang.foreign.MemorySegment;

/**
 * A file that is taken for an image, and what was found out about it: however many formats look at
 * it, its headers are parsed once.
 */
public final class ImageFile {

    private final MemorySegment bytes;
    private ElfFile elf;

    private ImageFile(MemorySegment bytes) {
        this.bytes = bytes.asReadOnly();
    }

    /**
     * A file that was mapped, or read.
     *
     * @param bytes what it holds, which must neither change nor go away before what is read from it
     *     is loaded
     * @return the file, of which nothing was looked at yet
     */
    public static ImageFile of(MemorySegment bytes) {
        return new ImageFile(bytes);
    }

    /**
     * A file that was read.
     *
     * @param bytes what it holds, which must not change before what is read from it is loaded
     * @return the file, of which nothing was looked at yet
     */
    public static ImageFile of(byte[] bytes) {
        return of(MemorySegment.ofArray(bytes));
    }

    /**
     * What the file holds.
     *
     * @return a read-only segment
     */
    public MemorySegment bytes() {
        return bytes;
    }

    /** {@return a reader of the bytes, which takes them for a format} */
    ImageReader reader(String format) {
        return new ImageReader(bytes, format);
    }

    /** {@return whether this is an ELF file, sound or not} */
    boolean isElf() {
        return ElfFile.recognises(bytes);
    }

    /**
     * The file's headers, if it is an ELF file.
     *
     * @throws ImageException if it is not, or not one that runs here
     */
    ElfFile elf() {
        if (elf == null) {
            elf = ElfFile.parse(bytes);
        }
        return elf;
    }
}
