package kvm4j.boot;

import static kvm4j.boot.SampleImages.START;
import static kvm4j.boot.SampleImages.buffer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.boot.SampleImages.Sample;
import kvm4j.memory.GuestMemory;
import kvm4j.pc.AcpiTables;
import kvm4j.pc.InterruptControllers;
import kvm4j.pc.Platform;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What boot loaders promise a kernel, read back from the guest's memory. */
class BootInformationTest {

    private static final long MIB = 1 << 20;
    private static final long SIZE = 64 * MIB;
    private static final long LOW_END = 0x9_fc00;
    private static final byte[] FIRST = {1, 2, 3};
    private static final byte[] SECOND = new byte[5000];

    private static final BootParameters PARAMETERS =
            BootParameters.NONE
                    .withCommandLine("root=/dev/ram0")
                    .withModule(FIRST, "first module")
                    .withModule(SECOND, "");

    private final GuestMemory memory = GuestMemory.ofSize(SIZE);

    @AfterEach
    void close() {
        memory.close();
    }

    private EntryState load(Sample sample, BootParameters parameters) {
        return sample.format().read(sample.image(), parameters).load(memory);
    }

    private long u32(long address) {
        return Integer.toUnsignedLong(memory.getInt(address));
    }

    private void assertRange(long entry, long address, long length, int type) {
        assertEquals(address, memory.getLong(entry));
        assertEquals(length, memory.getLong(entry + 8));
        assertEquals(type, memory.getInt(entry + 16));
    }

    private void assertMap(long map, int stride) {
        assertRange(map, 0, LOW_END, 1);
        assertRange(map + stride, LOW_END, MIB - LOW_END, 2);
        assertRange(map + 2L * stride, MIB, SIZE - MIB, 1);
    }

    private void assertModules(long first, long second) {
        assertArrayEquals(FIRST, memory.read(first, FIRST.length));
        assertArrayEquals(SECOND, memory.read(second, SECOND.length));
        assertEquals(0, first % 4096);
        assertEquals(0, second % 4096);
        assertTrue(first >= START + 0x1000, "behind the kernel and its zeros");
    }

    @Test
    void multiboot() {
        var registers = load(Sample.MULTIBOOT, PARAMETERS.withName("sample")).registers();
        assertEquals(0x2bad_b002L, registers.rax());
        long information = registers.rbx();
        assertEquals(0b10_0100_1101, u32(information));
        assertEquals(LOW_END >> 10, u32(information + 4));
        assertEquals((SIZE - MIB) >> 10, u32(information + 8));
        assertEquals("sample root=/dev/ram0", memory.readString(u32(information + 16), 100));
        assertEquals(2, u32(information + 20));
        long modules = u32(information + 24);
        assertModules(u32(modules), u32(modules + 16));
        assertEquals(u32(modules) + FIRST.length, u32(modules + 4));
        assertEquals("first module", memory.readString(u32(modules + 8), 100));
        assertEquals(3 * 24, u32(information + 44));
        long map = u32(information + 48);
        assertEquals(20, u32(map));
        assertMap(map + 4, 24);
        assertEquals("kvm4j", memory.readString(u32(information + 64), 100));
    }

    @Test
    void multiboot2() {
        AcpiTables.write(memory, Platform.usual(2, InterruptControllers.APICS_AND_PICS));
        var registers = load(Sample.MULTIBOOT2, PARAMETERS).registers();
        assertEquals(0x36d7_6289L, registers.rax());
        long information = registers.rbx();
        assertEquals(0, information % 8);
        Map<Integer, Long> tags = new HashMap<>();
        long tag = information + 8;
        while (memory.getInt(tag) != 0) {
            tags.putIfAbsent(memory.getInt(tag), tag);
            tag += u32(tag + 4) + 7 & -8;
        }
        assertEquals(u32(information), tag + 8 - information);
        assertEquals("root=/dev/ram0", memory.readString(tags.get(1) + 8, 100));
        assertEquals("kvm4j", memory.readString(tags.get(2) + 8, 100));
        long module = tags.get(3);
        assertEquals("first module", memory.readString(module + 16, 100));
        assertModules(u32(module + 8), u32(module + 8 + (u32(module + 4) + 7 & -8)));
        assertEquals((SIZE - MIB) >> 10, u32(tags.get(4) + 12));
        assertMap(tags.get(6) + 16, 24);
        assertEquals("RSD PTR ", memory.readString(tags.get(15) + 8, 8));
        assertEquals(28, u32(tags.get(14) + 4));
        assertArrayEquals(memory.read(tags.get(15) + 8, 20), memory.read(tags.get(14) + 8, 20));
        assertFalse(tags.containsKey(9), "it is no ELF file");
        assertFalse(tags.containsKey(21), "it cannot be moved");
    }

    @Test
    void pvh() {
        AcpiTables.write(memory, Platform.usual(2, InterruptControllers.APICS_AND_PICS));
        long information = load(Sample.PVH, PARAMETERS).registers().rbx();
        assertEquals(0x336e_c578L, u32(information));
        assertEquals(1, u32(information + 4));
        assertEquals(2, u32(information + 12));
        long modules = memory.getLong(information + 16);
        assertModules(memory.getLong(modules), memory.getLong(modules + 32));
        assertEquals(SECOND.length, memory.getLong(modules + 40));
        assertEquals("first module", memory.readString(memory.getLong(modules + 16), 100));
        assertEquals("root=/dev/ram0", memory.readString(memory.getLong(information + 24), 100));
        assertEquals(AcpiTables.ROOT_ADDRESS, memory.getLong(information + 32));
        assertEquals(3, u32(information + 48));
        assertMap(memory.getLong(information + 40), 24);
    }

    @ParameterizedTest
    @EnumSource(
            value = Sample.class,
            names = {"BZIMAGE_32", "BZIMAGE_64", "VMLINUX"})
    void linux(Sample sample) {
        BootParameters parameters =
                BootParameters.NONE.withCommandLine("root=/dev/ram0").withModule(FIRST, "");
        long page = load(sample, parameters).registers().rsi();
        assertEquals(0xff, Byte.toUnsignedInt(memory.getByte(page + 0x210)));
        assertEquals("root=/dev/ram0", memory.readString(u32(page + 0x228), 100));
        assertEquals(FIRST.length, u32(page + 0x21c));
        long initrd = u32(page + 0x218);
        assertEquals(SIZE - 4096, initrd, "as high as it can be");
        assertArrayEquals(FIRST, memory.read(initrd, FIRST.length));
        assertEquals(3, memory.getByte(page + 0x1e8));
        assertMap(page + 0x2d0, 20);
        assertEquals(0, memory.getLong(page + 0x70), "there are no ACPI tables");
    }

    @Test
    void aLinuxKernelThatDoesNotFitWhereItWantsToBeIsMoved() {
        byte[] image = Sample.BZIMAGE_64.image();
        buffer(image).putLong(0x258, SIZE);
        var entry = ImageFormat.BZIMAGE.read(image).load(memory);
        assertEquals(0x20_0000 + 0x200, entry.registers().rip());
        buffer(image).put(0x234, (byte) 0);
        assertRefused("needs 0x10000 bytes of RAM at 0x4000000", image, BootParameters.NONE);
    }

    private void assertRefused(String reason, byte[] image, BootParameters parameters) {
        var e =
                assertThrows(
                        ImageException.class,
                        () -> ImageFormat.of(image).read(image, parameters).load(memory));
        assertTrue(e.getMessage().contains(reason), e::getMessage);
    }

    @Test
    void linuxHasLimits() {
        byte[] image = Sample.BZIMAGE_64.image();
        assertRefused("takes one module", image, PARAMETERS);
        assertRefused(
                "the command line has 256 characters; this kernel takes at most 255",
                image,
                BootParameters.NONE.withCommandLine("x".repeat(256)));
        assertRefused(
                "no room for the initrd",
                image,
                BootParameters.NONE.withModule(new byte[(int) SIZE], ""));
    }

    @Test
    void linuxImagesOfOldHaveNoEntryForUs() {
        byte[] image = Sample.BZIMAGE_32.image();
        buffer(image).putShort(0x206, (short) 0x203);
        assertRefused("boot protocol 2.03", image, BootParameters.NONE);
        byte[] realMode = Sample.BZIMAGE_32.image();
        buffer(realMode).putInt(0x214, 0);
        assertRefused("needs a BIOS", realMode, BootParameters.NONE);
        byte[] low = Sample.BZIMAGE_32.image();
        buffer(low).put(0x211, (byte) 0);
        assertRefused("zImage", low, BootParameters.NONE);
        byte[] unaligned = Sample.BZIMAGE_32.image();
        buffer(unaligned).putInt(0x230, 3).putLong(0x258, SIZE);
        assertRefused("no power of two", unaligned, BootParameters.NONE);
    }

    /** Kernels that never load CS keep that of their loader: QEMU, or GRUB 2 for multiboot 2. */
    @ParameterizedTest
    @CsvSource({"MULTIBOOT_ELF, 0x08, 0x10", "PVH, 0x08, 0x10", "MULTIBOOT2, 0x10, 0x18"})
    void theSelectorsAreThoseOfTheUsualLoader(Sample sample, int code, int data) {
        var special = load(sample, BootParameters.NONE).special();
        assertEquals(code, special.cs().selector());
        assertEquals(data, special.ds().selector());
        assertEquals(data, special.ss().selector());
    }

    @Test
    void modulesGoBelowAKernelAtTheTop() {
        byte[] image = Arrays.copyOf(Sample.MULTIBOOT2.image(), 0x1000);
        int address = (int) SIZE - 0x1000;
        buffer(image)
                .putInt(0x800, 0x1bad_b002)
                .putInt(0x804, 1 << 16)
                .putInt(0x808, -(0x1bad_b002 + (1 << 16)))
                .putInt(0x80c, address + 0x800)
                .putInt(0x810, address)
                .putInt(0x81c, address);
        var kernel = ImageFormat.MULTIBOOT.read(image, PARAMETERS);
        long information = kernel.load(memory).registers().rbx();
        assertEquals(MIB, u32(u32(information + 24)), "where the first one begins");
    }

    @Test
    void aMultibootKernelThatRequiresMoreIsRefused() {
        byte[] image = Sample.MULTIBOOT_ELF.image();
        buffer(image).putInt(0x84, 4).putInt(0x88, -(0x1bad_b002 + 4));
        assertRefused("flags 0x4", image, BootParameters.NONE);
        byte[] second = Sample.MULTIBOOT2.image();
        buffer(second).putInt(0x58, 8);
        assertRefused("requires information", second, BootParameters.NONE);
        buffer(second).putShort(0x52, (short) 1);
        assertFalse(ImageFormat.of(second).read(second).load(memory).registers().rip() == 0);
        buffer(second).putShort(0x50, (short) 5).putShort(0x52, (short) 0);
        assertRefused("tag 5", second, BootParameters.NONE);
        byte[] both = Arrays.copyOf(second, 0x1000);
        buffer(both).putInt(0x800, 0x1bad_b002).putInt(0x808, -0x1bad_b002);
        assertRefused("--format multiboot", both, BootParameters.NONE);
        buffer(second).putInt(0x54, 0);
        assertRefused("tag of 0 bytes", second, BootParameters.NONE);
    }

    @Test
    void imagesWithoutParametersSayThatTheyGetNone() {
        for (Sample sample : Sample.values()) {
            if (!sample.takesParameters()) {
                assertRefused(
                        "neither a command line nor modules",
                        sample.image(),
                        BootParameters.NONE.withCommandLine("quiet"));
            }
        }
    }

    @Test
    void stringsAreBytes() {
        assertEquals("\u00ff", BootParameters.NONE.withCommandLine("\u00ff").commandLine());
        byte[] nothing = {};
        for (String text : List.of("\u0100", "a\0b")) {
            assertThrows(IllegalArgumentException.class, () -> BootParameters.NONE.withName(text));
            assertThrows(
                    IllegalArgumentException.class,
                    () -> BootParameters.NONE.withCommandLine(text));
            assertThrows(
                    IllegalArgumentException.class,
                    () -> BootParameters.NONE.withModule(nothing, text));
        }
    }
}
