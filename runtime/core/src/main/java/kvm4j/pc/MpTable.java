package kvm4j.pc;

import kvm4j.memory.GuestMemory;
import kvm4j.memory.StructWriter;

import java.lang.foreign.MemorySegment;

/**
 * The table of processors and interrupts for kernels that do not read ACPI (Intel MultiProcessor
 * Specification 1.4, chapter 4): the floating pointer at 0xf0000, where BIOSes have it, and the
 * configuration table behind it.
 */
public final class MpTable {

    /** Guest-physical address of the floating pointer. */
    public static final long ADDRESS = 0xf_0000;

    private static final int POINTER_SIZE = 16;
    private static final int POINTER_CHECKSUM = 10;
    private static final int REVISION_1_4 = 4;
    private static final int HEADER_SIZE = 44;
    private static final int HEADER_CHECKSUM = 7;

    private static final int PROCESSOR = 0;
    private static final int PROCESSOR_SIZE = 20;
    private static final int PROCESSOR_ENABLED = 1 << 0;
    private static final int PROCESSOR_BOOTS = 1 << 1;
    private static final int SIGNATURE_FAMILY_6 = 0x600;
    private static final int FEATURES_FPU_APIC = 0x201;
    private static final int BUS = 1;
    private static final int IO_APIC = 2;
    private static final int IO_INTERRUPT = 3;
    private static final int LOCAL_INTERRUPT = 4;
    private static final int ENTRY_SIZE = 8;
    private static final int APIC_VERSION = 0x14;
    private static final int IO_APIC_VERSION = 0x11;
    private static final int ENABLED = 1;
    private static final int ISA_BUS = 0;
    private static final int TIMER = 0;
    private static final int CASCADE = 2;

    private static final int TYPE_VECTORED = 0;
    private static final int TYPE_NMI = 1;
    private static final int TYPE_EXTERNAL = 3;
    private static final int ACTIVE_HIGH_LEVEL = 0b1101;
    private static final int ALL_APICS = 0xff;

    private final Platform platform;
    private final StructWriter table;
    private int offset = HEADER_SIZE;
    private int entries;

    private MpTable(Platform platform, MemorySegment table) {
        this.platform = platform;
        this.table = new StructWriter(table);
    }

    /**
     * Writes the table.
     *
     * @param memory the guest's memory, which has RAM up to 1 MiB
     * @param platform what there is
     * @throws kvm4j.memory.GuestAddressException if the memory is smaller
     */
    public static void write(GuestMemory memory, Platform platform) {
        StructWriter pointer = new StructWriter(memory.slice(ADDRESS, POINTER_SIZE).fill((byte) 0));
        pointer.text(0, "_MP_");
        pointer.u32(4, ADDRESS + POINTER_SIZE);
        pointer.u8(8, 1);
        pointer.u8(9, REVISION_1_4);
        Checksum.complete(pointer.bytes(), POINTER_CHECKSUM);

        int capacity = HEADER_SIZE + platform.processors() * PROCESSOR_SIZE + 32 * ENTRY_SIZE;
        MemorySegment target = memory.slice(ADDRESS + POINTER_SIZE, capacity).fill((byte) 0);
        new MpTable(platform, target).write();
    }

    private void write() {
        for (int id = 0; id < platform.processors(); id++) {
            addProcessor(id);
        }
        addIsaBus();
        if (platform.controllers().hasApics()) {
            addIoApic();
            addIsaInterrupts();
            addLocalInterrupts();
        }
        table.text(0, "PCMP");
        table.u16(4, offset);
        table.u8(6, REVISION_1_4);
        table.text(8, "KVM4J   ");
        table.text(16, "VIRTUAL PC  ");
        table.u16(34, entries);
        table.u32(36, Platform.LOCAL_APIC);
        Checksum.complete(table.bytes().asSlice(0, offset), HEADER_CHECKSUM);
    }

    private void addProcessor(int id) {
        table.u8(offset, PROCESSOR);
        table.u8(offset + 1, id);
        table.u8(offset + 2, APIC_VERSION);
        table.u8(offset + 3, PROCESSOR_ENABLED | (id == 0 ? PROCESSOR_BOOTS : 0));
        table.u32(offset + 4, SIGNATURE_FAMILY_6);
        table.u32(offset + 8, FEATURES_FPU_APIC);
        next(PROCESSOR_SIZE);
    }

    private void addIsaBus() {
        table.u8(offset, BUS);
        table.u8(offset + 1, ISA_BUS);
        table.text(offset + 2, "ISA   ");
        next(ENTRY_SIZE);
    }

    private void addIoApic() {
        table.u8(offset, IO_APIC);
        table.u8(offset + 1, platform.ioApicId());
        table.u8(offset + 2, IO_APIC_VERSION);
        table.u8(offset + 3, ENABLED);
        table.u32(offset + 4, Platform.IO_APIC);
        next(ENTRY_SIZE);
    }

    private void addIsaInterrupts() {
        int first = platform.controllers().hasPics() ? TIMER : TIMER + 1;
        for (int interrupt = first; interrupt < Platform.ISA_INTERRUPTS; interrupt++) {
            if (interrupt != CASCADE) {
                addIsaInterrupt(interrupt);
            }
        }
    }

    private void addLocalInterrupts() {
        if (platform.controllers().hasPics()) {
            addLocalInterrupt(TYPE_EXTERNAL, 0);
        }
        addLocalInterrupt(TYPE_NMI, 1);
    }

    private void addIsaInterrupt(int interrupt) {
        boolean level = interrupt == PcDevices.POWER_INTERRUPT;
        int input = interrupt == TIMER ? Platform.TIMER_INPUT : interrupt;
        addInterrupt(IO_INTERRUPT, TYPE_VECTORED, level ? ACTIVE_HIGH_LEVEL : 0, interrupt);
        table.u8(offset + 6, platform.ioApicId());
        table.u8(offset + 7, input);
        next(ENTRY_SIZE);
    }

    private void addLocalInterrupt(int type, int input) {
        addInterrupt(LOCAL_INTERRUPT, type, 0, 0);
        table.u8(offset + 6, ALL_APICS);
        table.u8(offset + 7, input);
        next(ENTRY_SIZE);
    }

    private void addInterrupt(int entry, int type, int flags, int source) {
        table.u8(offset, entry);
        table.u8(offset + 1, type);
        table.u16(offset + 2, flags);
        table.u8(offset + 4, ISA_BUS);
        table.u8(offset + 5, source);
    }

    private void next(int size) {
        offset += size;
        entries++;
    }
}
