package kvm4j.boot;

import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** The formats of images that come with this library, and how to tell them apart. */
public enum ImageFormat implements BootFormat {

    /** Bare code for real mode: what is none of the others. */
    FLAT(
            "bare code, entered in real mode",
            file -> true,
            alone(file -> new FlatImage(file, FlatImage.DEFAULT_ADDRESS))),

    /** Firmware that starts at the processor's reset vector. */
    FIRMWARE(
            "firmware, entered at the reset vector",
            file -> FirmwareImage.recognises(file.bytes()),
            alone(FirmwareImage::new)),

    /** A static ELF executable for 32-bit x86. */
    ELF32(
            "static ELF executable for x86, entered in 32-bit mode",
            file -> file.isElf() && file.elf().type() == ElfFile.Type.ELF32,
            alone(Elf32Image::new)),

    /** A static ELF executable for x86-64. */
    ELF64(
            "static ELF executable for x86-64, entered in 64-bit mode",
            file -> file.isElf() && file.elf().type() == ElfFile.Type.ELF64,
            alone(Elf64Image::new)),

    /** A kernel with a multiboot header. */
    MULTIBOOT(
            "kernel with a multiboot header, entered in 32-bit mode",
            MultibootImage::recognises,
            MultibootImage::new),

    /** A kernel with a multiboot 2 header. */
    MULTIBOOT2(
            "kernel with a multiboot 2 header, entered in 32-bit mode",
            Multiboot2Header::recognises,
            Multiboot2Image::new),

    /** An ELF kernel with a PVH entry point. */
    PVH(
            "ELF kernel with a PVH note, entered in 32-bit mode",
            file -> file.isElf() && PvhImage.findEntry(file.elf()).isPresent(),
            PvhImage::new),

    /** A compressed Linux kernel. */
    BZIMAGE(
            "compressed Linux kernel, entered in 64-bit or 32-bit mode",
            file -> LinuxSetupHeader.isIn(file.bytes()),
            BzImage::new),

    /** An uncompressed 64-bit Linux kernel. */
    VMLINUX(
            "uncompressed Linux kernel, entered in 64-bit mode",
            file -> file.isElf() && VmlinuxImage.recognises(file.elf()),
            VmlinuxImage::new),

    /** The first sector of a disk. */
    BOOTSECTOR(
            "boot sector, entered in real mode at 0x7c00",
            file -> BootSector.recognises(file.bytes()),
            alone(BootSector::new));

    /** The order in which a file is looked at; it may be several things at once. */
    private static final List<ImageFormat> WITH_MAGIC =
            List.of(MULTIBOOT2, MULTIBOOT, PVH, VMLINUX, ELF32, ELF64, BZIMAGE);

    private static final List<ImageFormat> WITHOUT_MAGIC = List.of(FIRMWARE, BOOTSECTOR, FLAT);

    private final String description;
    private final Predicate<ImageFile> test;
    private final BiFunction<ImageFile, BootParameters, BootImage> reader;

    ImageFormat(
            String description,
            Predicate<ImageFile> test,
            BiFunction<ImageFile, BootParameters, BootImage> reader) {
        this.description = description;
        this.test = test;
        this.reader = reader;
    }

    private static BiFunction<ImageFile, BootParameters, BootImage> alone(
            Function<ImageFile, BootImage> reader) {
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
     * @throws ImageException if the image is empty, a damaged ELF file, or plainly something else
     *     than an image, such as a compressed file or a disk
     */
    public static ImageFormat of(byte[] image) {
        return of(ImageFile.of(image));
    }

    /**
     * Tells what an image is. If it is several things at once, the first of multiboot 2, multiboot,
     * PVH and ELF counts.
     *
     * @param file the file
     * @return its format; {@link #FLAT} if it looks like no other
     * @throws ImageException if the file is empty, a damaged ELF file, or plainly something else
     *     than an image, such as a compressed file or a disk
     */
    public static ImageFormat of(ImageFile file) {
        if (file.bytes().byteSize() == 0) {
            throw new ImageException("the image is empty");
        }
        Optional<ImageFormat> known = first(WITH_MAGIC, file);
        if (known.isPresent()) {
            return known.get();
        }
        ForeignFile.find(file.bytes())
                .ifPresent(
                        kind -> {
                            throw kind.refusal();
                        });
        return first(WITHOUT_MAGIC, file).orElse(FLAT);
    }

    private static Optional<ImageFormat> first(List<ImageFormat> formats, ImageFile file) {
        return formats.stream().filter(format -> format.recognises(file)).findFirst();
    }

    @Override
    public boolean recognises(ImageFile file) {
        return test.test(file);
    }

    @Override
    public BootImage read(ImageFile file, BootParameters parameters) {
        return reader.apply(file, parameters);
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
        return read(ImageFile.of(image), parameters);
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

    @Override
    public List<String> hints(ImageFile file) {
        return switch (this) {
            case FLAT, ELF32, ELF64, VMLINUX -> headersTooFarBehind(file);
            case BOOTSECTOR ->
                    List.of(
                            "this is a boot sector, and there is neither a BIOS nor a disk for it:"
                                    + " if it calls for them (INT 10h, INT 13h), it fails; --format"
                                    + " flat --load-address 0x7c00 runs it without this hint");
            case FIRMWARE, MULTIBOOT, MULTIBOOT2, PVH, BZIMAGE -> List.of();
        };
    }

    private List<String> headersTooFarBehind(ImageFile file) {
        ImageReader reader = file.reader("the image");
        return Stream.of(Multiboot2Header.SEARCH, MultibootImage.SEARCH)
                .flatMap(
                        search ->
                                search.findTooFar(reader).stream()
                                        .mapToObj(
                                                offset ->
                                                        search.describe(offset)
                                                                + "; it runs as "
                                                                + description))
                .toList();
    }

    /**
     * Whether images of this format take a PC's devices and interrupt controllers for granted.
     *
     * @return true for kernels and firmware, false for bare code and plain ELF executables
     */
    public boolean expectsPc() {
        return switch (this) {
            case FLAT, BOOTSECTOR, ELF32, ELF64 -> false;
            case FIRMWARE, MULTIBOOT, MULTIBOOT2, PVH, BZIMAGE, VMLINUX -> true;
        };
    }

    @Override
    public String description() {
        return description;
    }
}
