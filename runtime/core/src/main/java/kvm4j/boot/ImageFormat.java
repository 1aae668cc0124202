package kvm4j.boot;

import java.lang.foreign.MemorySegment;
import java.util.function.Function;

/** The formats of images, and how to tell them apart. */
public enum ImageFormat {

    /** Bare code for real mode: what is none of the others. */
    FLAT("bare code, entered in real mode", FlatImage::new),

    /** A static ELF executable for x86-64. */
    ELF64("static ELF executable for x86-64, entered in 64-bit mode", Elf64Image::new);

    private final String description;
    private final Function<byte[], BootImage> reader;

    ImageFormat(String description, Function<byte[], BootImage> reader) {
        this.description = description;
        this.reader = reader;
    }

    /**
     * Tells what an image is from its bytes.
     *
     * @param image the file's bytes
     * @return its format; {@link #FLAT} if it looks like no other
     * @throws ImageException if the image is empty, or in a format that cannot be booted here
     */
    public static ImageFormat of(byte[] image) {
        MemorySegment bytes = MemorySegment.ofArray(image);
        if (bytes.byteSize() == 0) {
            throw new ImageException("the image is empty");
        }
        if (!ElfFile.recognises(bytes)) {
            return FLAT;
        }
        if (ElfFile.typeOf(bytes) == ElfFile.Type.ELF32) {
            throw new ImageException("the ELF file is 32-bit; only 64-bit ones can be booted");
        }
        return ELF64;
    }

    /**
     * Reads and checks an image of this format.
     *
     * @param image the file's bytes, which must not change before it is loaded
     * @return what a machine can boot
     * @throws ImageException if the bytes are not a sound image of this format
     */
    public BootImage read(byte[] image) {
        return reader.apply(image);
    }

    /**
     * What the format is, for people.
     *
     * @return a few words
     */
    public String description() {
        return description;
    }
}
