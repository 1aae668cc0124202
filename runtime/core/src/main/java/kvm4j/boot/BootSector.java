package kvm4j.boot;

import kvm4j.memory.GuestMemory;
import kvm4j.x86.Registers;

import java.lang.foreign.MemorySegment;

/**
 * The first sector of a disk, 512 bytes with 0x55 and 0xaa at their end, entered in real mode at
 * 0x7c00 as a BIOS does, with the number of the first hard disk in DL. There is no BIOS though, and
 * no disk: one that calls for either needs firmware.
 *
 * <p>Of a longer file all is loaded, if it fits below 640 KiB; else the sector.
 */
public final class BootSector implements BootImage {

    /** Where a BIOS loads it. */
    public static final long ADDRESS = 0x7c00;

    private static final int SECTOR = 512;
    private static final int SIGNATURE_OFFSET = 510;
    private static final int SIGNATURE = 0xaa55;
    private static final int FIRST_DISK = 0x80;

    private final MemorySegment code;

    /**
     * Checks an image.
     *
     * @param file the file, which is copied when it is loaded
     * @throws ImageException if its first sector does not end with 0x55 and 0xaa
     */
    public BootSector(ImageFile file) {
        if (!recognises(file.bytes())) {
            throw new ImageException("the image has no 0x55 and 0xaa at the end of 512 bytes");
        }
        MemorySegment bytes = file.bytes();
        boolean fits = bytes.byteSize() <= MemoryMap.LOW_END - ADDRESS;
        code = fits ? bytes : bytes.asSlice(0, SECTOR);
    }

    static boolean recognises(MemorySegment image) {
        return image.byteSize() >= SECTOR
                && new ImageReader(image, "").u16(SIGNATURE_OFFSET) == SIGNATURE;
    }

    @Override
    public EntryState load(GuestMemory memory) {
        new ImageMemory(memory).place("the boot sector", ADDRESS, code);
        EntryState entry = EntryState.realMode(0, (int) ADDRESS, (int) ADDRESS);
        Registers registers = entry.registers().withRdx(FIRST_DISK);
        return new EntryState(registers, entry.special());
    }
}
