package kvm4j.machine;

import kvm4j.device.IoApic;
import kvm4j.device.MmioBus;
import kvm4j.device.PortBus;
import kvm4j.memory.GuestMemory;
import kvm4j.memory.GuestRegion;

/**
 * Where no device can be, because the guest's accesses do not leave the kernel: memory, and what
 * KVM emulates itself.
 */
final class OccupiedPlaces {

    /**
     * Where KVM keeps what Intel processors without unrestricted guest need for real mode, in the
     * hole: one page of identity mapping, then three of task state. Firmware may begin at
     * 0xff000000.
     */
    static final long IDENTITY_MAP = 0xfeff_c000L;

    static final long TASK_STATE = IDENTITY_MAP + GuestMemory.PAGE_SIZE;

    private static final long REAL_MODE_SIZE = 4 * GuestMemory.PAGE_SIZE;

    private static final long LOCAL_APIC = 0xfee0_0000L;
    private static final long LOCAL_APIC_SIZE = GuestMemory.PAGE_SIZE;
    private static final long IO_APIC_SIZE = 0x100;

    private static final int FIRST_PIC_PORT = 0x20;
    private static final int SECOND_PIC_PORT = 0xa0;
    private static final int PIC_PORTS = 2;
    private static final int TRIGGER_MODE_PORT = 0x4d0;
    private static final int TRIGGER_MODE_PORTS = 2;
    private static final int PIT_PORT = 0x40;
    private static final int PIT_PORTS = 4;
    private static final int SPEAKER_PORT = 0x61;

    private OccupiedPlaces() {}

    /**
     * Has the buses refuse devices there. Over ROM they may be, where writes do arrive.
     *
     * @param ports the port bus, without devices
     * @param mmio the MMIO bus, without devices
     * @param memory the guest's memory
     * @param irqchip what KVM emulates
     */
    static void withhold(PortBus ports, MmioBus mmio, GuestMemory memory, IrqchipMode irqchip) {
        for (GuestRegion region : memory.regions()) {
            if (region.access() == GuestRegion.Access.READ_WRITE) {
                mmio.withhold(region.address(), region.size(), "the guest's RAM");
            }
        }
        mmio.withhold(IDENTITY_MAP, REAL_MODE_SIZE, "KVM, for real mode");
        if (irqchip != IrqchipMode.NONE) {
            mmio.withhold(LOCAL_APIC, LOCAL_APIC_SIZE, "the local APICs in the kernel");
        }
        if (irqchip == IrqchipMode.KERNEL) {
            mmio.withhold(IoApic.ADDRESS, IO_APIC_SIZE, "the I/O APIC in the kernel");
            ports.withhold(FIRST_PIC_PORT, PIC_PORTS, "the 8259A in the kernel");
            ports.withhold(SECOND_PIC_PORT, PIC_PORTS, "the 8259A in the kernel");
            ports.withhold(TRIGGER_MODE_PORT, TRIGGER_MODE_PORTS, "the 8259A in the kernel");
            ports.withhold(PIT_PORT, PIT_PORTS, "the 8254 in the kernel");
            ports.withhold(SPEAKER_PORT, 1, "the 8254 in the kernel");
        }
    }
}
