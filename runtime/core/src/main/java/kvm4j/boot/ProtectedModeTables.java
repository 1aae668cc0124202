package kvm4j.boot;

import kvm4j.memory.StructWriter;
import kvm4j.x86.DescriptorTable;
import kvm4j.x86.Segment;
import kvm4j.x86.SpecialRegisters;

/**
 * 32-bit protected mode without paging, all segments flat over 4 GiB (Intel SDM volume 3, section
 * 3.2.1), and the segment descriptors of it, at 0x1000 where the image leaves that free, for images
 * that load segment registers before they have descriptors of their own.
 */
final class ProtectedModeTables {

    private static final String NAME = "the segment descriptors";

    /** The selectors that Linux wants for its 32-bit entry, and that GRUB 2 has. */
    private static final int CODE_SELECTOR = 0x10;

    private static final int DATA_SELECTOR = 0x18;

    /**
     * Those of QEMU and GRUB Legacy. Some kernels never load CS, and run with the selector of the
     * loader that they were made under until an IRET loads it from their own descriptors.
     */
    private static final int OLD_CODE_SELECTOR = 0x08;

    private static final int OLD_DATA_SELECTOR = 0x10;

    private static final long CODE_DESCRIPTOR = 0x00cf_9b00_0000_ffffL;
    private static final long DATA_DESCRIPTOR = 0x00cf_9300_0000_ffffL;
    private static final int GDT_SIZE = 4 * Long.BYTES;

    private final long start;

    private ProtectedModeTables(long start) {
        this.start = start;
    }

    /** Writes the descriptors where nothing is yet. */
    static ProtectedModeTables write(ImageMemory memory) {
        ImageMemory.Placed place = LoaderArea.allocateTables(memory, NAME, GDT_SIZE);
        StructWriter gdt = place.writer();
        gdt.u64(CODE_SELECTOR, CODE_DESCRIPTOR);
        gdt.u64(DATA_SELECTOR, DATA_DESCRIPTOR);
        return new ProtectedModeTables(place.address());
    }

    /** {@return the registers after reset, changed to protected mode, with no GDT that counts} */
    static SpecialRegisters enter(SpecialRegisters reset) {
        return enter(reset, OLD_CODE_SELECTOR, OLD_DATA_SELECTOR);
    }

    /** {@return the same with the selectors of GRUB 2} */
    static SpecialRegisters enterAsGrub(SpecialRegisters reset) {
        return enter(reset, CODE_SELECTOR, DATA_SELECTOR);
    }

    private static SpecialRegisters enter(SpecialRegisters reset, int code, int data) {
        return reset.withCode(Segment.flatCode(code))
                .withData(Segment.flatData(data))
                .withIdt(EntryState.NO_INTERRUPTS)
                .withControl(SpecialRegisters.CR0_PE | SpecialRegisters.CR0_ET, 0, 0, 0);
    }

    /** {@return the same with the GDT that {@link #write} wrote, and its selectors} */
    SpecialRegisters enterWithDescriptors(SpecialRegisters reset) {
        return enterAsGrub(reset).withGdt(new DescriptorTable(start, GDT_SIZE - 1));
    }
}
