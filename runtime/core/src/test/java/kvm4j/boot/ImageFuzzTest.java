package kvm4j.boot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;

import kvm4j.memory.GuestMemory;

/**
 * Any bytes at all, read as each format: what comes of them is an image that loads or a message of
 * one line, soon. Fuzzed on request, from the {@linkplain SampleImages sound images} on; otherwise
 * run with those and with what fuzzing found.
 */
class ImageFuzzTest {

    private static final long MEMORY = 4 << 20;
    private static final int LONGEST_MESSAGE = 400;
    private static final byte[] ROM = {0x55, (byte) 0xaa, 1};
    private static final BootParameters PARAMETERS =
            BootParameters.NONE
                    .withCommandLine("console=ttyS0 quiet")
                    .withModule(new byte[100], "initrd");

    @Samples
    @FuzzTest
    void recognised(byte[] image) {
        expectImageOrMessage(() -> load(ImageFormat.of(image).read(image)));
    }

    @Samples({ImageFormat.FLAT, ImageFormat.FIRMWARE})
    @FuzzTest
    void withoutHeader(byte[] image) {
        readAs(ImageFormat.FLAT, image);
        readAs(ImageFormat.FIRMWARE, image);
    }

    @Samples({ImageFormat.ELF32, ImageFormat.ELF64, ImageFormat.VMLINUX})
    @FuzzTest
    void elf(byte[] image) {
        readAs(ImageFormat.ELF32, image);
        readAs(ImageFormat.ELF64, image);
        readAs(ImageFormat.VMLINUX, image);
    }

    @Samples(ImageFormat.PVH)
    @FuzzTest
    void pvh(byte[] image) {
        readAs(ImageFormat.PVH, image);
    }

    @Samples(ImageFormat.MULTIBOOT)
    @FuzzTest
    void multiboot(byte[] image) {
        readAs(ImageFormat.MULTIBOOT, image);
    }

    @Samples(ImageFormat.MULTIBOOT2)
    @FuzzTest
    void multiboot2(byte[] image) {
        readAs(ImageFormat.MULTIBOOT2, image);
    }

    @Samples(ImageFormat.BZIMAGE)
    @FuzzTest
    void bzImage(byte[] image) {
        readAs(ImageFormat.BZIMAGE, image);
    }

    @Samples(ImageFormat.BZIMAGE)
    @FuzzTest
    void firmwareKernel(byte[] image) {
        expectImageOrMessage(() -> handOver(new FirmwareKernel(image, ROM, BootParameters.NONE)));
        expectImageOrMessage(() -> handOver(new FirmwareKernel(image, ROM, PARAMETERS)));
    }

    private static void readAs(ImageFormat format, byte[] image) {
        expectImageOrMessage(() -> load(format.read(image)));
        expectImageOrMessage(() -> load(format.read(image, PARAMETERS)));
    }

    private static void load(BootImage image) {
        GuestMemory.Builder layout = GuestMemory.builder().ram(MEMORY);
        image.reserve(layout);
        try (GuestMemory memory = layout.build()) {
            image.load(memory);
        }
    }

    private static void handOver(FirmwareKernel kernel) {
        try (GuestMemory memory = GuestMemory.ofSize(MEMORY)) {
            assertEquals(12, kernel.items(memory).size());
        }
    }

    private static void expectImageOrMessage(Runnable reading) {
        try {
            reading.run();
        } catch (ImageException e) {
            assertEquals(1, e.getMessage().lines().count(), e::getMessage);
            assertTrue(e.getMessage().length() <= LONGEST_MESSAGE, e::getMessage);
        }
    }
}
