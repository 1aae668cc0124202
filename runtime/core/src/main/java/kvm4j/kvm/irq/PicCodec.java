package kvm4j.kvm.irq;

import kvm4j.bindings.kvm.kvm_pic_state;
import kvm4j.x86.PicState;

import java.lang.foreign.MemorySegment;

/** {@code struct kvm_pic_state}. */
final class PicCodec {

    private PicCodec() {}

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

    static void store(PicState state, MemorySegment target) {
        kvm_pic_state.last_irr(target, (byte) state.lastIrr());
        kvm_pic_state.irr(target, (byte) state.irr());
        kvm_pic_state.imr(target, (byte) state.imr());
        kvm_pic_state.isr(target, (byte) state.isr());
        kvm_pic_state.priority_add(target, (byte) state.priorityAdd());
        kvm_pic_state.irq_base(target, (byte) state.irqBase());
        kvm_pic_state.read_reg_select(target, (byte) state.readRegSelect());
        kvm_pic_state.poll(target, (byte) state.poll());
        kvm_pic_state.special_mask(target, (byte) state.specialMask());
        kvm_pic_state.init_state(target, (byte) state.initState());
        kvm_pic_state.auto_eoi(target, (byte) state.autoEoi());
        kvm_pic_state.rotate_on_auto_eoi(target, (byte) state.rotateOnAutoEoi());
        kvm_pic_state.special_fully_nested_mode(target, (byte) state.specialFullyNestedMode());
        kvm_pic_state.init4(target, (byte) state.init4());
        kvm_pic_state.elcr(target, (byte) state.elcr());
        kvm_pic_state.elcr_mask(target, (byte) state.elcrMask());
    }
}
