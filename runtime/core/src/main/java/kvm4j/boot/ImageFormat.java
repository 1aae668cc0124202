package kvm4j.boot;

import java.lang.foreign.MemorySegment;
import java.util.function.BiFunction;
import java.util.function.Function;

/** The formats of images, and how to tell them apart. */
public enum ImageFormat {

    /** Bare code for real mode: what is none of the others. */
    FLAT("bare code, entered in real mode", alone(FlatImage::new)),

    /** Firmware that starts at the processor's reset vector. */
    FIRMWARE("firmware, entered at the reset vector", alone(FirmwareImage::new)),

    /** A static ELF executable for 32-bit x86. */
    ELF32("static ELF executable for x86, entered in 32-bit mode", alone(Elf32Image::new)),

    /** A static ELF executable for x86-64. */
    ELF64("static ELF executable for x86-64, entered in 64-bit mode", alone(Elf64Image::new)),

    /** A kernel with a multiboot header. */
    MULTIBOOT("kernel with a multiboot header, entered in 32-bit mode", MultibootImage::new),

    /** A kernel with a multiboot 2 header. */
    MULTIBOOT2("kernel with a multiboot 2 header, entered in 32-bit mode", Multiboot2Image::new),

    /** An ELF kernel with a PVH entry point. */
    PVH("ELF kernel with a PVH note, entered in 32-bit mode", PvhImage::new),

    /** A compressed Linux kernel. */
    BZIMAGE("compressed Linux kernel, entered in 64-bit or 32-bit mode", BzImage::new),

    /** An uncompressed 64-bit Linux kernel. */
    VMLINUX("uncompressed Linux kernel, entered in 64-bit mode", VmlinuxImage::new);

    private final String description;
    private final BiFunction<byte[], BootParameters, BootImage> reader;

    ImageFormat(String description, BiFunction<byte[], BootParameters, BootImage> reader) {
        this.description = description;
        this.reader = reader;
    }

    private static BiFunction<byte[], BootParameters, BootImage> alone(
            Function<byte[], BootImage> reader) {
        return (image, parameters) -> {
            if (!parameters.isEmpty()) {
                throw new ImageException(
                        "an image of this format takes neither a command line nor modules");
            }
            return reader.apply(image);
        };
    }

    /**
     * Tells what an image is from its bytes. If it is several things at once, the first of
     * multiboot 2, multiboot, PVH and ELF counts.
     *
     * @param image the file's bytes
     * @return its format; {@link #FLAT} if it looks like no other
     * @throws ImageException if the image is empty, or a damaged ELF file
     */
    public static ImageFormat of(byte[] image) {
        MemorySegment bytes = MemorySegment.ofArray(image);
        if (bytes.byteSize() == 0) {
            throw new ImageException("the image is empty");
        }
        if (Multiboot2Image.recognises(bytes)) {
            return MULTIBOOT2;
        }
        if (MultibootImage.recognises(bytes)) {
            return MULTIBOOT;
        }
        if (ElfFile.recognises(bytes)) {
            return of(ElfFile.parse(bytes));
        }
        if (BzImage.recognises(bytes)) {
            return BZIMAGE;
        }
        return FirmwareImage.recognises(bytes) ? FIRMWARE : FLAT;
    }

    private static ImageFormat of(ElfFile file) {
        if (PvhImage.findEntry(file).isPresent()) {
            return PVH;
        }
        if (VmlinuxImage.recognises(file)) {
            return VMLINUX;
        }
        return file.type() == ElfFile.Type.ELF32 ? ELF32 : ELF64;
    }

    /**
     * Reads and checks an image of this format.
     *
     * @param image the file's bytes, which must not change before it is loaded
     * @param parameters what to hand to the image
     * @return what a machine can boot
     * @throws ImageException if the bytes are not a sound image of this format, or the format takes
     *     no such parameters
     */
    public BootImage read(byte[] image, BootParameters parameters) {
        return reader.apply(image, parameters);
    }

    /**
     * Reads and checks an image of this format that gets no parameters.
     *
     * @param image the file's bytes, which must not change before it is loaded
     * @return what a machine can boot
     * @throws ImageException if the bytes are not a sound image of this format
     */
    public BootImage read(byte[] image) {
        return read(image, BootParameters.NONE);
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
