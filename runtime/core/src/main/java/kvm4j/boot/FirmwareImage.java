package kvm4j.boot;

import kvm4j.memory.GuestMemory;
import kvm4j.x86.Registers;

import java.lang.foreign.MemorySegment;
import java.util.function.UnaryOperator;

/**
 * Firmware that starts where the processor does after a reset, 16 bytes below 4 GiB (Intel SDM
 * volume 3, section 10.1.4), such as SeaBIOS.
 *
 * <p>The image is read-only memory that ends at 4 GiB; its last 256 KiB are also, as RAM, below 1
 * MiB, where real mode finds them.
 */
public final class FirmwareImage implements BootImage {

    private static final long ONE_MIB = 1 << 20;
    private static final long LEAST_SIZE = 0x1_0000;
    private static final long MAXIMUM_SIZE = 16 * ONE_MIB;
    private static final long SHADOW_SIZE = 0x4_0000;

    private static final int RESET_VECTOR = 0xfff0;
    private static final long RESET_VECTOR_SIZE = 16;
    private static final int FAMILY_6 = 0x600;

    private static final int NEAR_JUMP = 0xe9;
    private static final int FAR_JUMP = 0xea;
    private static final int SHORT_JUMP = 0xeb;
    private static final int JUMP_IF_ZERO = 0x74;

    private static final int NO_OPERATION = 0x90;
    private static final int CLEAR_INTERRUPTS = 0xfa;
    private static final int CLEAR_DIRECTION = 0xfc;
    private static final int TEST_BITS = 0xa8;
    private static final int LONG_OPCODE = 0x0f;
    private static final int WRITE_BACK_CACHES = 0x09;
    private static final int READ_CONTROL_REGISTER = 0x20;

    private final MemorySegment image;

    /**
     * Checks an image.
     *
     * @param image the file's bytes, which are copied when it is loaded
     * @throws ImageException if they are not a multiple of 4 KiB, from 64 KiB to 16 MiB
     */
    public FirmwareImage(byte[] image) {
        this(ImageFile.of(image));
    }

    /**
     * Checks an image.
     *
     * @param file the file, which is copied when it is loaded
     * @throws ImageException if it is not a multiple of 4 KiB, from 64 KiB to 16 MiB
     */
    public FirmwareImage(ImageFile file) {
        this.image = file.bytes();
        if (!hasBelievableSize(image)) {
            throw new ImageException(
                    ("firmware has 64 KiB to 16 MiB, a multiple of 4 KiB, but this has %d bytes")
                            .formatted(image.byteSize()));
        }
    }

    private static boolean hasBelievableSize(MemorySegment image) {
        long size = image.byteSize();
        return size >= LEAST_SIZE && size <= MAXIMUM_SIZE && size % GuestMemory.PAGE_SIZE == 0;
    }

    /** Whether an image has the size of firmware, and a jump where the processor starts. */
    static boolean recognises(MemorySegment image) {
        if (!hasBelievableSize(image)) {
            return false;
        }
        ImageReader reader = new ImageReader(image, "the firmware");
        long at = reader.size() - RESET_VECTOR_SIZE;
        while (at < reader.size() - 1) {
            int opcode = reader.u8(at);
            if (isJump(opcode)) {
                return true;
            }
            int length = lengthBeforeJump(opcode, reader.u8(at + 1));
            if (length == 0) {
                return false;
            }
            at += length;
        }
        return false;
    }

    private static boolean isJump(int opcode) {
        return opcode == NEAR_JUMP
                || opcode == FAR_JUMP
                || opcode == SHORT_JUMP
                || opcode == JUMP_IF_ZERO;
    }

    /** How long an instruction is that firmware may have before it jumps; 0 for any other. */
    private static int lengthBeforeJump(int opcode, int next) {
        return switch (opcode) {
            case NO_OPERATION, CLEAR_INTERRUPTS, CLEAR_DIRECTION -> 1;
            case TEST_BITS -> 2;
            case LONG_OPCODE ->
                    switch (next) {
                        case WRITE_BACK_CACHES -> 2;
                        case READ_CONTROL_REGISTER -> 3;
                        default -> 0;
                    };
            default -> 0;
        };
    }

    /** {@return where firmware of a size begins} */
    static long address(long size) {
        return ImageMemory.FOUR_GIB - size;
    }

    @Override
    public void reserve(GuestMemory.Builder layout) {
        layout.rom(address(image.byteSize()), image.byteSize());
    }

    @Override
    public EntryState load(GuestMemory memory) {
        ImageMemory parts = new ImageMemory(memory);
        long size = image.byteSize();
        parts.place("the firmware", address(size), image);
        long shadow = Math.min(size, SHADOW_SIZE);
        parts.place(
                "the firmware below 1 MiB", ONE_MIB - shadow, image.asSlice(size - shadow, shadow));
        return new EntryState(
                Registers.CLEARED.withRip(RESET_VECTOR).withRdx(FAMILY_6),
                UnaryOperator.identity());
    }
}
