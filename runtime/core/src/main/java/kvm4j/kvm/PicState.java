package kvm4j.kvm;

import kvm4j.bindings.kvm.kvm_pic_state;

import java.lang.foreign.MemorySegment;

/**
 * The state of an 8259A interrupt controller in the kernel: {@code struct kvm_pic_state}.
 *
 * @param lastIrr the lines' levels when last seen, for edge detection
 * @param irr interrupt request register
 * @param imr interrupt mask register
 * @param isr in-service register
 * @param priorityAdd which line has the highest priority
 * @param irqBase the vector of line 0
 * @param readRegSelect whether a read gives the ISR, not the IRR
 * @param poll whether a poll command is pending
 * @param specialMask whether special mask mode is on
 * @param initState how far an initialisation sequence is
 * @param autoEoi whether interrupts acknowledge themselves
 * @param rotateOnAutoEoi whether that rotates priorities
 * @param specialFullyNestedMode whether special fully nested mode is on
 * @param init4 whether the initialisation has a fourth word
 * @param elcr which lines are level-triggered
 * @param elcrMask which of them can be
 */
public record PicState(
        int lastIrr,
        int irr,
        int imr,
        int isr,
        int priorityAdd,
        int irqBase,
        int readRegSelect,
        int poll,
        int specialMask,
        int initState,
        int autoEoi,
        int rotateOnAutoEoi,
        int specialFullyNestedMode,
        int init4,
        int elcr,
        int elcrMask) {

    static PicState load(MemorySegment source) {
        return new PicState(
                Byte.toUnsignedInt(kvm_pic_state.last_irr(source)),
                Byte.toUnsignedInt(kvm_pic_state.irr(source)),
                Byte.toUnsignedInt(kvm_pic_state.imr(source)),
                Byte.toUnsignedInt(kvm_pic_state.isr(source)),
                Byte.toUnsignedInt(kvm_pic_state.priority_add(source)),
                Byte.toUnsignedInt(kvm_pic_state.irq_base(source)),
                Byte.toUnsignedInt(kvm_pic_state.read_reg_select(source)),
                Byte.toUnsignedInt(kvm_pic_state.poll(source)),
                Byte.toUnsignedInt(kvm_pic_state.special_mask(source)),
                Byte.toUnsignedInt(kvm_pic_state.init_state(source)),
                Byte.toUnsignedInt(kvm_pic_state.auto_eoi(source)),
                Byte.toUnsignedInt(kvm_pic_state.rotate_on_auto_eoi(source)),
                Byte.toUnsignedInt(kvm_pic_state.special_fully_nested_mode(source)),
                Byte.toUnsignedInt(kvm_pic_state.init4(source)),
                Byte.toUnsignedInt(kvm_pic_state.elcr(source)),
                Byte.toUnsignedInt(kvm_pic_state.elcr_mask(source)));
    }

    void store(MemorySegment target) {
        kvm_pic_state.last_irr(target, (byte) lastIrr);
        kvm_pic_state.irr(target, (byte) irr);
        kvm_pic_state.imr(target, (byte) imr);
        kvm_pic_state.isr(target, (byte) isr);
        kvm_pic_state.priority_add(target, (byte) priorityAdd);
        kvm_pic_state.irq_base(target, (byte) irqBase);
        kvm_pic_state.read_reg_select(target, (byte) readRegSelect);
        kvm_pic_state.poll(target, (byte) poll);
        kvm_pic_state.special_mask(target, (byte) specialMask);
        kvm_pic_state.init_state(target, (byte) initState);
        kvm_pic_state.auto_eoi(target, (byte) autoEoi);
        kvm_pic_state.rotate_on_auto_eoi(target, (byte) rotateOnAutoEoi);
        kvm_pic_state.special_fully_nested_mode(target, (byte) specialFullyNestedMode);
        kvm_pic_state.init4(target, (byte) init4);
        kvm_pic_state.elcr(target, (byte) elcr);
        kvm_pic_state.elcr_mask(target, (byte) elcrMask);
    }
}
