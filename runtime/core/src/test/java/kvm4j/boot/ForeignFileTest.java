package kvm4j.boot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;

/** What is plainly no image is named, and not run. */
class ForeignFileTest {

    private static final int SIZE = 0x1_0000;

    private static byte[] file(int offset, String magic) {
        byte[] bytes = HexFormat.of().parseHex(magic.replace(" ", ""));
        byte[] file = new byte[SIZE];
        System.arraycopy(bytes, 0, file, offset, bytes.length);
        return file;
    }

    private static void assertRefused(String name, byte[] file) {
        var e = assertThrows(ImageException.class, () -> ImageFormat.of(file));
        assertTrue(e.getMessage().contains(name), e::getMessage);
        assertTrue(e.getMessage().contains("--format flat"), e::getMessage);
        ImageFormat.FLAT.read(file);
    }

    @ParameterizedTest
    @CsvSource({
        "0, 1f 8b 08 00, gunzip",
        "0, fd 37 7a 58 5a 00, unxz",
        "0, 28 b5 2f fd, unzstd",
        "0, 42 5a 68 39, bunzip2",
        "0, 04 22 4d 18, unlz4",
        "0, 02 21 4c 18, unlz4",
        "0, 5d 00 00 80, unlzma",
        "0x8001, 43 44 30 30 31 01, ISO 9660",
        "0, 51 46 49 fb 00 00 00 03, qcow2",
        "0, 4b 44 4d 56, VMDK",
        "0x40, 7f 10 da be, VDI",
        "0xfe00, 63 6f 6e 65 63 74 69 78, VHD",
        "0, 76 68 64 78 66 69 6c 65, VHDX",
        "0, 4d 5a 90 00 03 00 00 00 04 00, DOS program",
        "0, 4d 5a 00 00 7a 69 6d 67, EFI kernel",
        "0, 27 05 19 56, uImage",
        "0, d0 0d fe ed, device tree",
        "0, cf fa ed fe, Mach-O",
        "0, ca fe ba be, Mach-O",
        "0, 50 4b 03 04, zip or jar",
        "257, 75 73 74 61 72 00, tar archive",
        "0, 89 50 4e 47 0d 0a 1a 0a, PNG",
        "0, 25 50 44 46 2d 31, PDF",
        "0, 30 37 30 37 30 31, --initrd",
        "0, 21 3c 61 72 63 68 3e 0a, static library",
        "0x438, 53 ef, ext file system",
        "0, 68 73 71 73, SquashFS",
        "0, 58 46 53 42, XFS",
        "0x400, e2 e1 f5 e0, EROFS",
        "0x400, 10 20 f5 f2, F2FS",
        "0, 45 3d cd 28, cramfs",
        "0, 2d 72 6f 6d 31 66 73 2d, romfs",
        "0x200, 4c 41 42 45 4c 4f 4e 45, LVM",
        "4086, 53 57 41 50 53 50 41 43 45 32, swap space",
        "0xfe00, 6b 6f 6c 79, Apple disk",
        "0, 4d 53 57 49 4d 00 00 00, WIM",
        "0x38, 41 52 4d 64, 64-bit Arm",
        "0x38, 52 53 43 05, RISC-V",
        "0x24, 18 28 6f 01, 32-bit Arm",
        "0, 0b 01 64 00, a.out",
        "0, 23 21 2f 62 69 6e, script",
    })
    void isNamed(String offset, String magic, String name) {
        assertRefused(name, file(Integer.decode(offset), magic));
    }

    @Test
    void anEfiProgramIsNamed() {
        byte[] program = file(0, "4d 5a");
        program[0x3c] = 0x40;
        program[0x40] = 'P';
        program[0x41] = 'E';
        assertRefused("EFI", program);
        Arrays.fill(program, 0x3c, 0x40, (byte) 0xff);
        assertEquals(ImageFormat.FLAT, ImageFormat.of(program));
    }

    @Test
    void anArmKernelIsNamedAsSuchEvenIfItIsAnEfiProgram() {
        byte[] kernel = file(0x38, "41 52 4d 64");
        System.arraycopy(file(0, "4d 5a"), 0, kernel, 0, 2);
        kernel[0x3c] = 0x40;
        System.arraycopy(file(0, "50 45 00 00"), 0, kernel, 0x40, 4);
        assertRefused("64-bit Arm", kernel);
    }

    @Test
    void textIsNamed() {
        String source = "int main(void)\n{\n\treturn 0;\n}\n";
        assertRefused("text", source.getBytes(StandardCharsets.US_ASCII));
    }

    /** What begins like something else is an image all the same. */
    @ParameterizedTest
    @EnumSource
    void noImageIsTakenForSomethingElse(SampleImages.Sample sample) {
        assertEquals(sample.format(), ImageFormat.of(sample.image()));
    }

    @Test
    void aLinuxKernelMayBeAnEfiProgramAsWell() {
        byte[] kernel = SampleImages.bzImage64();
        kernel[0] = 'M';
        kernel[1] = 'Z';
        kernel[0x3c] = (byte) 0x82;
        kernel[0x82] = 'P';
        kernel[0x83] = 'E';
        assertEquals(ImageFormat.BZIMAGE, ImageFormat.of(kernel));
    }

    @Test
    void aDiskWithABootSectorIsADiskFirst() {
        byte[] sector = new byte[512];
        sector[510] = 0x55;
        sector[511] = (byte) 0xaa;
        assertEquals(ImageFormat.BOOTSECTOR, ImageFormat.of(sector));
        assertTrue(ImageFormat.BOOTSECTOR.hints(ImageFile.of(sector)).getFirst().contains("BIOS"));
        byte[] disk = file(0x8001, "43 44 30 30 31 01");
        System.arraycopy(sector, 0, disk, 0, sector.length);
        assertRefused("ISO 9660", disk);
    }

    @Test
    void aHeaderTooFarBehindIsSaid() {
        byte[] image = Arrays.copyOf(new byte[] {(byte) 0xf4}, SIZE);
        SampleImages.buffer(image).putInt(0x2000, 0x1bad_b002).putInt(0x2008, -0x1bad_b002);
        assertEquals(ImageFormat.FLAT, ImageFormat.of(image));
        String hint = ImageFormat.FLAT.hints(ImageFile.of(image)).getFirst();
        assertTrue(hint.contains("0x2000") && hint.contains("first 8 KiB"), hint);
        var e = assertThrows(ImageException.class, () -> ImageFormat.MULTIBOOT.read(image));
        assertTrue(e.getMessage().contains("0x2000"), e::getMessage);
        SampleImages.buffer(image).putInt(0x1ff4, 0x1bad_b002).putInt(0x1ffc, -0x1bad_b002);
        assertEquals(ImageFormat.MULTIBOOT, ImageFormat.of(image));
    }
}
