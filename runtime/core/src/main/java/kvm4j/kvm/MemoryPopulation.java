package kvm4j.kvm;

import kvm4j.bindings.kvm.KvmUapi;
import kvm4j.bindings.kvm.kvm_pre_fault_memory;
import kvm4j.bindings.libc.Libc;
import kvm4j.linux.Ioctl;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.ToIntBiFunction;

/**
 * Populates memory ahead of the guest: {@code KVM_PRE_FAULT_MEMORY}, whose range the kernel moves
 * on as it goes. It returns when a signal comes or where it cannot go on, and calls that a success
 * if it has done anything at all: what is left of the range says whether it was one.
 */
final class MemoryPopulation {

    private static final Ioctl PRE_FAULT_MEMORY =
            new Ioctl("KVM_PRE_FAULT_MEMORY", KvmUapi.KVM_PRE_FAULT_MEMORY());

    private MemoryPopulation() {}

    /**
     * Populates a range.
     *
     * @param kernel answers a result, or a negated error number
     * @param gpa guest-physical address of the first byte
     * @param size in bytes
     */
    static void populate(ToIntBiFunction<Ioctl, MemorySegment> kernel, long gpa, long size) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment range = arena.allocate(kvm_pre_fault_memory.layout());
            kvm_pre_fault_memory.gpa(range, gpa);
            kvm_pre_fault_memory.size(range, size);
            int result;
            do {
                result = kernel.applyAsInt(PRE_FAULT_MEMORY, range);
            } while (isInterrupted(result) || result >= 0 && isLeft(range));
            if (result < 0) {
                throw PRE_FAULT_MEMORY.failed(0, -result);
            }
        }
    }

    private static boolean isInterrupted(int result) {
        return result == -Libc.EINTR() || result == -Libc.EAGAIN();
    }

    private static boolean isLeft(MemorySegment range) {
        return kvm_pre_fault_memory.size(range) != 0;
    }
}
