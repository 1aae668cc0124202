package kvm4j.boot;

import kvm4j.memory.GuestMemory;
import kvm4j.x86.Registers;

import java.lang.foreign.MemorySegment;
import java.util.function.UnaryOperator;

/**
 * Firmware that starts where the processor does after a reset, 16 bytes below 4 GiB (Intel SDM
 * volume 3, section 10.1.4), such as SeaBIOS.
 *
 * <p>The image is read-only memory that ends at 4 GiB; its last 128 KiB are also, as RAM, below 1
 * MiB, where real mode finds them.
 */
public final class FirmwareImage implements BootImage {

    private static final long FOUR_GIB = 1L << 32;
    private static final long ONE_MIB = 1 << 20;
    private static final long BLOCK = 0x1_0000;
    private static final long MAXIMUM_SIZE = 16 * ONE_MIB;
    private static final long SHADOW_SIZE = 0x4_0000;

    private static final int RESET_VECTOR = 0xfff0;
    private static final long RESET_VECTOR_SIZE = 16;
    private static final int FAMILY_6 = 0x600;

    private static final int NEAR_JUMP = 0xe9;
    private static final int FAR_JUMP = 0xea;
    private static final int SHORT_JUMP = 0xeb;
    private static final int NO_OPERATION = 0x90;

    private final MemorySegment image;

    /**
     * Checks an image.
     *
     * @param image the file's bytes, which are copied when it is loaded
     * @throws ImageException if they are not a multiple of 64 KiB, from 64 KiB to 16 MiB
     */
    public FirmwareImage(byte[] image) {
        this(ImageFile.of(image));
    }

    /**
     * Checks an image.
     *
     * @param file the file, which is copied when it is loaded
     * @throws ImageException if it is not a multiple of 64 KiB, from 64 KiB to 16 MiB
     */
    public FirmwareImage(ImageFile file) {
        this.image = file.bytes();
        long size = image.byteSize();
        if (size == 0 || size % BLOCK != 0 || size > MAXIMUM_SIZE) {
            throw new ImageException(
                    "firmware has a multiple of 64 KiB, at most 16 MiB, but this has %d bytes"
                            .formatted(size));
        }
    }

    /** Whether an image has the size of firmware, and a jump where the processor starts. */
    static boolean recognises(MemorySegment image) {
        long size = image.byteSize();
        if (size == 0 || size % BLOCK != 0 || size > MAXIMUM_SIZE) {
            return false;
        }
        ImageReader reader = new ImageReader(image, "the firmware");
        for (long at = size - RESET_VECTOR_SIZE; at < size; at++) {
            switch (reader.u8(at)) {
                case NEAR_JUMP, FAR_JUMP, SHORT_JUMP -> {
                    return true;
                }
                case NO_OPERATION -> {
                    // look at what follows
                }
                default -> {
                    return false;
                }
            }
        }
        return false;
    }

    @Override
    public void reserve(GuestMemory.Builder layout) {
        layout.rom(FOUR_GIB - image.byteSize(), image.byteSize());
    }

    @Override
    public EntryState load(GuestMemory memory) {
        ImageMemory parts = new ImageMemory(memory);
        long size = image.byteSize();
        parts.place("the firmware", FOUR_GIB - size, image);
        long shadow = Math.min(size, SHADOW_SIZE);
        parts.place(
                "the firmware below 1 MiB", ONE_MIB - shadow, image.asSlice(size - shadow, shadow));
        return new EntryState(
                Registers.CLEARED.withRip(RESET_VECTOR).withRdx(FAMILY_6),
                UnaryOperator.identity());
    }
}
