package kvm4j.machine;

import kvm4j.kvm.Vcpu;
import kvm4j.kvm.VcpuInterrupts;
import kvm4j.x86.Bytes;
import kvm4j.x86.MpState;
import kvm4j.x86.Msr;
import kvm4j.x86.Registers;
import kvm4j.x86.SpecialRegisters;
import kvm4j.x86.VcpuEvents;

/**
 * Makes a processor what it is after a reset, as far as an operating system that wakes relies on it
 * (Intel SDM volume 3, table 10-1 and section 12.4.7.1): registers, nothing pending, a local APIC
 * that software has to switch on. MSRs and extended state stay: firmware may leave any.
 *
 * @param localApic whether processors have local APICs
 */
record ProcessorReset(boolean localApic) {

    private static final int APIC_REGISTER = 0x10;
    private static final int APIC_TASK_PRIORITY = 0x80;
    private static final int APIC_SPURIOUS = 0xf0;
    private static final int APIC_IN_SERVICE = 0x100;
    private static final int APIC_CORRECTED_CHECKS = 0x2f0;
    private static final int APIC_TIMER = 0x320;
    private static final int APIC_LINT0 = 0x350;
    private static final int APIC_INITIAL_COUNT = 0x380;

    private static final int SOFTWARE_DISABLED = 0xff;
    private static final int MASKED = 1 << 16;

    /** The way of the 8259's interrupts, which KVM leaves open on the first processor. */
    private static final int EXTERNAL = 0b111 << 8;

    private static final VcpuEvents NOTHING_PENDING =
            new VcpuEvents(
                    new VcpuEvents.GuestException(false, false, 0, false, 0, false, 0),
                    new VcpuEvents.Interrupt(false, 0, false, 0),
                    new VcpuEvents.Nmi(false, 0, false),
                    0,
                    new VcpuEvents.Smi(false, false, false, false),
                    false,
                    VcpuEvents.NMI_PENDING_VALID | VcpuEvents.SHADOW_VALID);

    /**
     * Resets a processor.
     *
     * @param vcpu the processor, which is outside of the guest
     * @throws kvm4j.linux.LinuxException if the kernel refuses
     */
    void of(Vcpu vcpu) {
        vcpu.enterAt(Registers.CLEARED, SpecialRegisters.RESET);
        VcpuInterrupts interrupts = vcpu.interrupts();
        interrupts.setEvents(NOTHING_PENDING);
        if (localApic) {
            interrupts.setLocalApic(reset(interrupts.localApic(), vcpu.id() == 0));
            vcpu.msrs()
                    .getReadable(Msr.TSC_DEADLINE)
                    .forEach(deadline -> vcpu.msrs().set(deadline.index(), 0));
            interrupts.setMpState(vcpu.id() == 0 ? MpState.RUNNABLE : MpState.UNINITIALIZED);
        }
    }

    private static Bytes reset(Bytes page, boolean first) {
        Bytes changed = page;
        for (int at = APIC_IN_SERVICE; at < APIC_CORRECTED_CHECKS; at += APIC_REGISTER) {
            changed = changed.withInt(at, 0);
        }
        for (int at = APIC_TIMER; at < APIC_INITIAL_COUNT; at += APIC_REGISTER) {
            changed = changed.withInt(at, MASKED);
        }
        return changed.withInt(APIC_LINT0, first ? EXTERNAL : MASKED)
                .withInt(APIC_TASK_PRIORITY, 0)
                .withInt(APIC_SPURIOUS, SOFTWARE_DISABLED)
                .withInt(APIC_INITIAL_COUNT, 0);
    }
}
