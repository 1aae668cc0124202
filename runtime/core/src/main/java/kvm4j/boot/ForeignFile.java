package kvm4j.boot;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Files that people take for images, and that are plainly something else, told by the bytes that
 * begin them or stand at a fixed place (mostly as in file(1)).
 *
 * @param name what such a file is
 * @param advice what to do about it
 * @param test tells one
 */
record ForeignFile(String name, String advice, Predicate<ImageReader> test) {

    private static final String DISK =
            "there is no disk here; give the kernel that is in it, and its initrd with --initrd";
    private static final String OTHER = "give a kernel or bare code";
    private static final String WITHOUT_BIOS = "give the kernel's ELF file or bzImage instead";
    private static final String INITRD = "give a kernel, and this with --initrd or --module";

    /** Offset in a PE file of the offset of its header. */
    private static final long PE_POINTER = 0x3c;

    private static final long DOS_HEADER = 0x40;
    private static final String PE_MAGIC = "50 45 00 00";

    /** Offsets of the first volume descriptors of a CD. */
    private static final long ISO_DESCRIPTOR = 0x8001;

    private static final long UDF_DESCRIPTOR = 0x8801;
    private static final long TAR_MAGIC = 257;
    private static final long EXT_MAGIC = 0x438;
    private static final long VDI_MAGIC = 0x40;
    private static final long BTRFS_MAGIC = 0x1_0040;
    private static final long SUPER_BLOCK = 0x400;
    private static final long SECOND_SECTOR = 0x200;
    private static final long SWAP_MAGIC = 4086;

    /** Where Linux images for other processors say so. */
    private static final long ARCHITECTURE_MAGIC = 0x38;

    private static final long ARM_MAGIC = 0x24;

    /** Some disk images end with a sector that tells of them. */
    private static final int FOOTER = 512;

    private static final int TEXT_SAMPLE = 4096;
    private static final int SHORTEST_TEXT = 16;

    /** The first that fits counts. */
    private static final List<ForeignFile> KNOWN =
            List.of(
                    compressed("gzip", "gunzip", "1f 8b 08"),
                    compressed("xz", "unxz", "fd 37 7a 58 5a 00"),
                    compressed("zstd", "unzstd", "28 b5 2f fd"),
                    compressed("bzip2", "bunzip2", "42 5a 68"),
                    compressed("LZ4", "unlz4", "04 22 4d 18"),
                    compressed("LZ4", "unlz4", "02 21 4c 18"),
                    compressed("LZMA", "unlzma", "5d 00 00"),
                    compressed("lzop", "lzop -d", "89 4c 5a 4f 00"),
                    compressed("lzip", "lzip -d", "4c 5a 49 50"),
                    compressed("compress (.Z)", "uncompress", "1f 9d"),
                    new ForeignFile(
                            "a compressed EFI kernel (vmlinuz.efi)",
                            "unpack it, or give a bzImage",
                            at(0, "4d 5a 00 00 7a 69 6d 67")),
                    kernelFor("64-bit Arm", at(ARCHITECTURE_MAGIC, "41 52 4d 64")),
                    kernelFor("RISC-V", at(ARCHITECTURE_MAGIC, "52 53 43 05")),
                    kernelFor("32-bit Arm", at(ARM_MAGIC, "18 28 6f 01")),
                    new ForeignFile(
                            "an EFI or Windows program (PE)", WITHOUT_BIOS, ForeignFile::isPe),
                    new ForeignFile("a DOS program (MZ)", OTHER, ForeignFile::isDos),
                    disk("an ISO 9660 image", at(ISO_DESCRIPTOR, "43 44 30 30 31")),
                    disk("a UDF image", at(ISO_DESCRIPTOR, "42 45 41 30 31")),
                    disk("an ISO 9660 image", at(UDF_DESCRIPTOR, "43 44 30 30 31")),
                    disk("a qcow2 disk image", at(0, "51 46 49 fb")),
                    disk("a QED disk image", at(0, "51 45 44 00")),
                    disk("a VMDK disk image", at(0, "4b 44 4d 56")),
                    disk("a VMDK disk image", at(0, "43 4f 57 44")),
                    disk("a VMDK disk description", text("# Disk DescriptorFile")),
                    disk("a VDI disk image", at(VDI_MAGIC, "7f 10 da be")),
                    disk("a VHDX disk image", text("vhdxfile")),
                    disk("a VHD disk image", text("conectix")),
                    disk("a VHD disk image", ForeignFile::isVhd),
                    disk("a Parallels disk image", text("WithoutFreeSpace")),
                    disk("a Parallels disk image", text("WithouFreSpacExt")),
                    disk("a Bochs disk image", text("Bochs Virtual HD Image")),
                    disk("a LUKS container", at(0, "4c 55 4b 53 ba be")),
                    disk("a SquashFS image", at(0, "68 73 71 73")),
                    disk("an ext file system", at(EXT_MAGIC, "53 ef")),
                    disk("an XFS file system", text("XFSB")),
                    disk("a Btrfs file system", at(BTRFS_MAGIC, "5f 42 48 52 66 53 5f 4d")),
                    disk("an EROFS image", at(SUPER_BLOCK, "e2 e1 f5 e0")),
                    disk("an F2FS file system", at(SUPER_BLOCK, "10 20 f5 f2")),
                    disk("a cramfs image", at(0, "45 3d cd 28")),
                    disk("a romfs image", text("-rom1fs-")),
                    disk("an LVM volume", at(SECOND_SECTOR, "4c 41 42 45 4c 4f 4e 45")),
                    disk("swap space", at(SWAP_MAGIC, "53 57 41 50 53 50 41 43 45 32")),
                    disk("an Apple disk image", ForeignFile::isAppleDisk),
                    disk("a Windows image (WIM)", text("MSWIM\0\0\0")),
                    new ForeignFile("a cpio archive", INITRD, text("070701")),
                    new ForeignFile("a cpio archive", INITRD, text("070702")),
                    new ForeignFile("a cpio archive", INITRD, text("070707")),
                    archive("a tar archive", at(TAR_MAGIC, "75 73 74 61 72")),
                    archive("a zip or jar archive", at(0, "50 4b 03 04")),
                    archive("a 7-Zip archive", at(0, "37 7a bc af 27 1c")),
                    archive("a RAR archive", at(0, "52 61 72 21 1a 07")),
                    archive("an RPM package", at(0, "ed ab ee db")),
                    archive("a Debian package or a static library", text("!<arch>\n")),
                    new ForeignFile(
                            "a U-Boot image (uImage)",
                            "give what is in it, behind its 64 bytes",
                            at(0, "27 05 19 56")),
                    new ForeignFile(
                            "a device tree, or a U-Boot FIT image", OTHER, at(0, "d0 0d fe ed")),
                    new ForeignFile(
                            "an Android boot image", "unpack the kernel in it", text("ANDROID!")),
                    other("an a.out program", at(0, "07 01 64 00")),
                    other("an a.out program", at(0, "08 01 64 00")),
                    other("an a.out program", at(0, "0b 01 64 00")),
                    other("an a.out program", at(0, "cc 00 64 00")),
                    other("a Mach-O program", at(0, "fe ed fa ce")),
                    other("a Mach-O program", at(0, "fe ed fa cf")),
                    other("a Mach-O program", at(0, "ce fa ed fe")),
                    other("a Mach-O program", at(0, "cf fa ed fe")),
                    other("a Java class or a Mach-O program", at(0, "ca fe ba be")),
                    other("a WebAssembly module", at(0, "00 61 73 6d")),
                    other("LLVM bitcode", at(0, "42 43 c0 de")),
                    other("a PDF document", text("%PDF-")),
                    other("a PNG picture", at(0, "89 50 4e 47 0d 0a")),
                    other("a JPEG picture", at(0, "ff d8 ff e0")),
                    other("a JPEG picture", at(0, "ff d8 ff e1")),
                    other("a GIF picture", text("GIF8")),
                    other("an SQLite database", text("SQLite format 3")),
                    other("a script", text("#!")),
                    other("text", ForeignFile::isText));

    /** {@return what a file is, if it is one of these} */
    static Optional<ForeignFile> find(MemorySegment image) {
        ImageReader reader = new ImageReader(image, "the file");
        return KNOWN.stream().filter(kind -> kind.test.test(reader)).findFirst();
    }

    /** An exception that says so. */
    ImageException refusal() {
        return new ImageException(
                "the file is %s, not an image: %s (--format flat runs it as bare code)"
                        .formatted(name, advice));
    }

    private static ForeignFile compressed(String how, String command, String magic) {
        return new ForeignFile(
                "compressed with " + how, "unpack it first with " + command, at(0, magic));
    }

    private static ForeignFile disk(String name, Predicate<ImageReader> test) {
        return new ForeignFile(name, DISK, test);
    }

    private static ForeignFile kernelFor(String processor, Predicate<ImageReader> test) {
        return new ForeignFile(
                "a kernel for " + processor, "give one for x86-64 or x86 (uname -m)", test);
    }

    private static ForeignFile archive(String name, Predicate<ImageReader> test) {
        return new ForeignFile(name, "give the kernel that is in it", test);
    }

    private static ForeignFile other(String name, Predicate<ImageReader> test) {
        return new ForeignFile(name, OTHER, test);
    }

    private static Predicate<ImageReader> text(String magic) {
        return at(0, magic.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static Predicate<ImageReader> at(long offset, String magic) {
        return at(offset, HexFormat.ofDelimiter(" ").parseHex(magic));
    }

    private static Predicate<ImageReader> at(long offset, byte[] magic) {
        MemorySegment wanted = MemorySegment.ofArray(magic);
        return image ->
                image.contains(offset, magic.length)
                        && image.slice(offset, magic.length).mismatch(wanted) < 0;
    }

    private static boolean isMz(ImageReader image) {
        return image.contains(0, DOS_HEADER) && image.text(0, 2).equals("MZ");
    }

    private static boolean isPe(ImageReader image) {
        return isMz(image) && at(image.u32(PE_POINTER), PE_MAGIC).test(image);
    }

    /** Two letters are little to tell it by: the sizes in the header must be believable as well. */
    private static boolean isDos(ImageReader image) {
        if (!isMz(image)) {
            return false;
        }
        int lastPage = image.u16(2);
        int pages = image.u16(4);
        int header = image.u16(8);
        return lastPage < 512 && pages > 0 && header >= 2 && header * 16L <= pages * 512L;
    }

    private static boolean isVhd(ImageReader image) {
        return endsWithFooter(image, "63 6f 6e 65 63 74 69 78");
    }

    private static boolean isAppleDisk(ImageReader image) {
        return endsWithFooter(image, "6b 6f 6c 79");
    }

    private static boolean endsWithFooter(ImageReader image, String magic) {
        long footer = image.size() - FOOTER;
        return footer >= 0 && at(footer, magic).test(image);
    }

    /** No code that does anything is made of printable characters alone. */
    private static boolean isText(ImageReader image) {
        long sample = Math.min(image.size(), TEXT_SAMPLE);
        boolean lines = false;
        for (long at = 0; at < sample; at++) {
            int character = image.u8(at);
            lines |= character == '\n';
            boolean printable = character >= ' ' && character <= '~';
            if (!printable && character != '\t' && character != '\r' && character != '\n') {
                return false;
            }
        }
        return lines && sample >= SHORTEST_TEXT;
    }
}
