package kvm4j.boot;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.guests.Guest;
import kvm4j.memory.GuestMemory;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;

/** What images are taken for, and what is said about those that cannot be booted. */
class ImageFormatTest {

    private static final int ELF_HEADER = 0x40;

    private static void assertRefused(String reason, byte[] image, long memorySize) {
        try (GuestMemory memory = GuestMemory.ofSize(memorySize)) {
            var e =
                    assertThrows(
                            ImageException.class,
                            () -> ImageFormat.of(image).read(image).load(memory));
            assertTrue(e.getMessage().contains(reason), e::getMessage);
        }
    }

    private static void assertRefused(String reason, byte[] image) {
        assertRefused(reason, image, 4 << 20);
    }

    private static byte[] elf(int offset, int... values) {
        byte[] image = Guest.HELLO.image();
        for (int i = 0; i < values.length; i++) {
            image[offset + i] = (byte) values[i];
        }
        return image;
    }

    @ParameterizedTest
    @EnumSource(Guest.class)
    void recognisesTheCatalogue(Guest guest) {
        assertEquals(guest.format().name(), ImageFormat.of(guest.image()).name());
    }

    @ParameterizedTest
    @EnumSource
    void recognisesEveryFormat(SampleImages.Sample sample) {
        assertEquals(sample.format(), ImageFormat.of(sample.image()));
    }

    /** Puts a header into an image, word by word. */
    private static void putHeader(byte[] image, int at, int... words) {
        ByteBuffer file = SampleImages.buffer(image);
        for (int i = 0; i < words.length; i++) {
            file.putInt(at + Integer.BYTES * i, words[i]);
        }
    }

    private static byte[] disk() {
        byte[] disk = new byte[0x4000];
        disk[510] = 0x55;
        disk[511] = (byte) 0xaa;
        return disk;
    }

    @Test
    void aKernelBehindABootSectorDoesNotMakeItAnother() {
        byte[] disk = disk();
        putHeader(disk, 0x1200, 0x1bad_b002, 0, -0x1bad_b002);
        assertEquals(ImageFormat.BOOTSECTOR, ImageFormat.of(disk));
        byte[] other = disk();
        putHeader(other, 0x1200, 0xe852_50d6, 0, 24, -(0xe852_50d6 + 24), 0, 8);
        assertEquals(ImageFormat.BOOTSECTOR, ImageFormat.of(other));
    }

    @Test
    void aHeaderWithAddressesCountsInABootSectorToo() {
        byte[] disk = disk();
        putHeader(disk, 0x40, 0x1bad_b002, 1 << 16, -(0x1bad_b002 + (1 << 16)));
        assertEquals(ImageFormat.MULTIBOOT, ImageFormat.of(disk));
        byte[] other = disk();
        putHeader(other, 0x40, 0xe852_50d6, 0, 48, -(0xe852_50d6 + 48), 6, 8, 2, 24);
        assertEquals(ImageFormat.MULTIBOOT2, ImageFormat.of(other));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "e9 00 00", // SeaBIOS
                "fa fc e9 00", // U-Boot
                "90 90 e9 00", // EDK2
                "0f 20 c0 a8 01 74 05 e9", // EDK2 for SEV
                "0f 09 e9 00" // coreboot
            })
    void firmwareMayPrepareItsJump(String vector) {
        byte[] image = new byte[0x1_1000];
        byte[] code = SampleImages.code(vector);
        System.arraycopy(code, 0, image, image.length - 16, code.length);
        assertEquals(ImageFormat.FIRMWARE, ImageFormat.of(image));
        assertEquals(ImageFormat.FLAT, ImageFormat.of(Arrays.copyOf(image, 0x1_0fff)));
        image[image.length - 16] = 0;
        assertEquals(ImageFormat.FLAT, ImageFormat.of(image));
    }

    @Test
    void firmwareThatOtherFirmwareMayLoadIsFirmware() {
        byte[] image = SampleImages.firmware();
        int flags = 1 << 16;
        putHeader(
                image, 0x40, 0x1bad_b002, flags, -(0x1bad_b002 + flags), 0xffff_0040, 0xffff_0000);
        assertEquals(ImageFormat.FIRMWARE, ImageFormat.of(image));
        putHeader(image, 0x40, 0x1bad_b002, flags, -(0x1bad_b002 + flags), 0x10_0040, 0x10_0000);
        assertEquals(ImageFormat.MULTIBOOT, ImageFormat.of(image));
    }

    @ParameterizedTest
    @EnumSource
    void everyFormatRefusesOtherImages(ImageFormat format) {
        byte[] noise = new byte[0x1234];
        new Random(1).nextBytes(noise);
        if (format != ImageFormat.FLAT) {
            assertThrows(ImageException.class, () -> format.read(noise));
        }
        assertThrows(ImageException.class, () -> format.read(new byte[0]));
    }

    @Test
    void anElfFileIsOfTheWidthThatWasAskedFor() {
        byte[] wide = SampleImages.Sample.ELF64.image();
        byte[] narrow = SampleImages.Sample.ELF32.image();
        assertThrows(ImageException.class, () -> ImageFormat.ELF32.read(wide));
        assertThrows(ImageException.class, () -> ImageFormat.ELF64.read(narrow));
    }

    @Test
    void anEmptyFileIsNoImage() {
        assertRefused("empty", new byte[0]);
        assertThrows(ImageException.class, () -> new FlatImage(new byte[0]));
        assertThrows(ImageException.class, () -> new Elf64Image(new byte[0]));
    }

    @Test
    void aTruncatedElfFileSaysSo() {
        byte[] image = Guest.HELLO.image();
        for (int length = 4; length < ELF_HEADER; length++) {
            assertRefused("truncated", Arrays.copyOf(image, length));
        }
        assertRefused("truncated", Arrays.copyOf(image, 0x80));
        assertRefused("truncated", Arrays.copyOf(image, 0x1001));
    }

    @Test
    void anElfFileForAnotherMachineSaysSo() {
        assertRefused("not for x86-64: its machine is 183", elf(0x12, 183, 0));
        assertRefused("big-endian", elf(5, 2));
        assertRefused("class is 7", elf(4, 7));
        assertRefused("not for x86:", elf(4, 1));
    }

    @Test
    void anElfFileThatIsNoStaticExecutableSaysWhatToDo() {
        assertRefused("link it first", elf(0x10, 1));
        assertRefused("core dump", elf(0x10, 4));
        assertRefused("type is 9", elf(0x10, 9));
        assertRefused("-static", elf(0x40, 3));
    }

    @Test
    void anElfFileWithoutSegmentsSaysSo() {
        assertRefused("no segment", elf(0x38, 0, 0));
        assertRefused("65535 program headers", elf(0x38, 0xff, 0xff));
    }

    @Test
    void anEntryPointIsInASegment() {
        assertRefused("entry point 0x100 is not in what the image loads", elf(0x18, 0, 1, 0));
    }

    @Test
    void segmentsAreInMemoryThatTheyHaveForThemselves() {
        byte[] image = Guest.HELLO.image();
        assertRefused("does not fit", image, 0x10_0000);
        assertRefused("does not fit", image, 0x1000);
        assertRefused("overlaps a segment", withSegment(0x10_0008, 0x10, 0x10));
        assertRefused("beyond any physical memory", withSegment(Long.MAX_VALUE, 0x10, 0x10));
        assertRefused("beyond any physical memory", withSegment(-0x10, 0x10, 0x10));
        assertRefused("beyond any physical memory", withSegment(0x20_0000, 0x10, -1));
        assertRefused("beyond the first 4 GiB", withSegment(0xffff_fff8L, 0x10, 0x10));
        assertRefused("does not fit", withSegment(0xc000_0000L, 0x10, 0x10));
        assertRefused("longer in the file than in memory", withSegment(0x20_0000, 0x10, 0xf));
        assertRefused("truncated", withSegment(0x20_0000, 0x10_0000, 0x10_0000));
    }

    /** A guest with a second segment, whose contents are at the beginning of the file. */
    private static byte[] withSegment(long address, long fileLength, long length) {
        byte[] image = Guest.HELLO.image();
        int header = ELF_HEADER + 0x38;
        ByteBuffer.wrap(image)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(header, 1)
                .putLong(header + 0x18, address)
                .putLong(header + 0x20, fileLength)
                .putLong(header + 0x28, length);
        return image;
    }

    @Test
    void whatIsBehindASegmentsContentsIsCleared() {
        try (GuestMemory memory = GuestMemory.ofSize(4 << 20)) {
            memory.fill(0, memory.size(), (byte) 0xff);
            byte[] image = withSegment(0x20_0000, 0x10, 0x20);
            new Elf64Image(image).load(memory);
            assertArrayEquals(
                    Arrays.copyOf(Arrays.copyOf(image, 0x10), 0x20), memory.read(0x20_0000, 0x20));
            assertEquals(-1, memory.getByte(0x20_0020));
        }
    }

    @Test
    void aFlatImageFitsInMemory() {
        assertRefused("does not fit", new byte[0x1001], 0x2000);
        try (GuestMemory memory = GuestMemory.ofSize(0x2000)) {
            byte[] code = {1, 2, 3};
            new FlatImage(code).load(memory);
            assertArrayEquals(code, memory.read(0x1000, 3));
        }
    }

    @Test
    void aFlatImageIsWhereRealModeReaches() {
        byte[] code = {1};
        assertThrows(IllegalArgumentException.class, () -> new FlatImage(code, -1));
        assertThrows(IllegalArgumentException.class, () -> new FlatImage(code, 0x10_0000));
        assertThrows(IllegalArgumentException.class, () -> new FlatImage(code, 0x1_0001));
    }

    @Test
    void everyFormatIsDescribed() {
        for (ImageFormat format : ImageFormat.values()) {
            assertTrue(format.description().length() > 10);
        }
    }
}
