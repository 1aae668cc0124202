package kvm4j.kvm;

import kvm4j.bindings.kvm.kvm_x86_mce;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A machine check: {@code struct kvm_x86_mce}; Intel SDM volume 3, chapter 17.
 *
 * @param bank which bank reports it
 * @param status what goes into MCi_STATUS
 * @param address what goes into MCi_ADDR
 * @param misc what goes into MCi_MISC
 * @param globalStatus what goes into MCG_STATUS
 */
public record MachineCheck(int bank, long status, long address, long misc, long globalStatus) {

    MemorySegment store(Arena arena) {
        MemorySegment mce = arena.allocate(kvm_x86_mce.layout());
        kvm_x86_mce.bank(mce, (byte) bank);
        kvm_x86_mce.status(mce, status);
        kvm_x86_mce.addr(mce, address);
        kvm_x86_mce.misc(mce, misc);
        kvm_x86_mce.mcg_status(mce, globalStatus);
        return mce;
    }
}
