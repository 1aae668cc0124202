package kvm4j.boot;

import static kvm4j.boot.SampleImages.buffer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import kvm4j.memory.GuestMemory;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;

class FirmwareKernelTest {

    private static final int SIZE = 64 << 20;
    private static final byte[] ROM = {0x55, (byte) 0xaa, 1};
    private static final byte[] INITRD = new byte[5000];

    private final GuestMemory memory = GuestMemory.ofSize(SIZE);
    private final byte[] image = SampleImages.bzImage32();

    @AfterEach
    void close() {
        memory.close();
    }

    private static FirmwareKernel kernel(byte[] image, BootParameters parameters) {
        return new FirmwareKernel(image, ROM, parameters);
    }

    @Test
    void thePartsAreWhereTheirNumbersSay() {
        BootParameters parameters =
                BootParameters.NONE.withCommandLine("quiet").withModule(INITRD, "");
        var items = kernel(image, parameters).items(memory);
        assertEquals(0x1_0000, buffer(items.get(0x16)).getInt());
        assertEquals(0x400, buffer(items.get(0x17)).getInt());
        assertEquals(0x10_0000, buffer(items.get(0x07)).getInt());
        assertArrayEquals(Arrays.copyOfRange(image, 0x400, image.length), items.get(0x11));
        assertEquals(0x2_0000, buffer(items.get(0x13)).getInt());
        assertEquals("quiet\0", new String(items.get(0x15), StandardCharsets.US_ASCII));
        assertArrayEquals(INITRD, items.get(0x12));
        int initrd = buffer(items.get(0x0a)).getInt();
        assertEquals(0, initrd % 4096);

        var setup = buffer(items.get(0x18));
        assertEquals(0x81, Byte.toUnsignedInt(setup.get(0x211)));
        assertEquals(0x2_0000, setup.getInt(0x228));
        assertEquals(initrd, setup.getInt(0x218));
        assertEquals(INITRD.length, setup.getInt(0x21c));
        assertEquals(0xfe00, Short.toUnsignedInt(setup.getShort(0x224)));
    }

    @Test
    void theOptionRomIsTheOnlyThingToBoot() {
        var files = kernel(image, BootParameters.NONE).files();
        assertArrayEquals(ROM, files.get("genroms/linuxboot.bin"));
        assertEquals(
                "/rom@genroms/linuxboot.bin\nHALT\0",
                new String(files.get("bootorder"), StandardCharsets.US_ASCII));
    }

    @Test
    void refusesWhatCannotBe() {
        BootParameters large = BootParameters.NONE.withModule(new byte[SIZE], "");
        FirmwareKernel kernel = kernel(image, large);
        assertThrows(ImageException.class, () -> kernel.items(memory));
        BootParameters two = large.withModule(INITRD, "");
        assertThrows(ImageException.class, () -> kernel(image, two));
        assertThrows(ImageException.class, () -> kernel(SampleImages.elf32(), BootParameters.NONE));
        byte[] old = image.clone();
        buffer(old).putShort(0x206, (short) 0x201);
        assertThrows(ImageException.class, () -> kernel(old, BootParameters.NONE));
    }

    @Test
    void damageIsAlwaysAnImageException() {
        Random random = new Random(1);
        BootParameters parameters = BootParameters.NONE.withModule(INITRD, "");
        for (int i = 0; i < 5_000; i++) {
            byte[] mutant = Arrays.copyOf(image, 0x230 + random.nextInt(image.length));
            mutant[0x1f1] = (byte) random.nextInt();
            mutant[0x206 + random.nextInt(0x2a)] = (byte) random.nextInt();
            byte[] cut = Arrays.copyOf(mutant, random.nextInt(mutant.length) + 1);
            try {
                kernel(random.nextBoolean() ? mutant : cut, parameters).items(memory);
            } catch (ImageException e) {
                assertEquals(1, e.getMessage().lines().count());
            }
        }
    }
}
