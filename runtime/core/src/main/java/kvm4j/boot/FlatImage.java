package kvm4j.boot;

import kvm4j.memory.GuestMemory;

import java.lang.foreign.MemorySegment;

/**
 * Bare code without a header, entered in real mode at its first byte.
 *
 * <p>Data and stack segments start at address 0, and so does the code segment if the image is below
 * 64 KiB; otherwise the code segment starts at the image. The stack grows down from the image's
 * address, or from 64 KiB if the image is higher. Interrupts are off.
 */
public final class FlatImage implements BootImage {

    /** Where an image goes unless someone chose an address. */
    public static final long DEFAULT_ADDRESS = 0x1000;

    private static final long SEGMENT_SIZE = 0x1_0000;
    private static final long REAL_MODE_END = 0x10_0000;
    private static final int PARAGRAPH_BITS = 4;

    private final MemorySegment code;
    private final long address;

    /**
     * Makes an image for the {@linkplain #DEFAULT_ADDRESS usual address}.
     *
     * @param code its bytes, the first of which is entered
     * @throws ImageException if there are none
     */
    public FlatImage(byte[] code) {
        this(code, DEFAULT_ADDRESS);
    }

    /**
     * Makes an image for an address.
     *
     * @param code its bytes, the first of which is entered
     * @param address guest-physical, below 1 MiB; from 64 KiB on a multiple of 16
     * @throws ImageException if there are no bytes
     * @throws IllegalArgumentException if real mode cannot enter code at the address
     */
    public FlatImage(byte[] code, long address) {
        this(ImageFile.of(code), address);
    }

    /**
     * Makes an image of a file for an address.
     *
     * @param file the code, the first byte of which is entered
     * @param address guest-physical, below 1 MiB; from 64 KiB on a multiple of 16
     * @throws ImageException if there are no bytes
     * @throws IllegalArgumentException if real mode cannot enter code at the address
     */
    public FlatImage(ImageFile file, long address) {
        if (file.bytes().byteSize() == 0) {
            throw new ImageException("the image is empty");
        }
        boolean aligned = address < SEGMENT_SIZE || address % (1 << PARAGRAPH_BITS) == 0;
        if (address < 0 || address >= REAL_MODE_END || !aligned) {
            throw new IllegalArgumentException(
                    ("real mode cannot enter an image at 0x%x:"
                                    + " below 1 MiB, and from 64 KiB on at a multiple of 16")
                            .formatted(address));
        }
        this.code = file.bytes();
        this.address = address;
    }

    @Override
    public EntryState load(GuestMemory memory) {
        new ImageMemory(memory).place("the image", address, code);
        int sp = (int) (Math.min(address, SEGMENT_SIZE) % SEGMENT_SIZE);
        return address < SEGMENT_SIZE
                ? EntryState.realMode(0, (int) address, sp)
                : EntryState.realMode((int) (address >>> PARAGRAPH_BITS), 0, sp);
    }
}
