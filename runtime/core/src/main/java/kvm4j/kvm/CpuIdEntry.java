package kvm4j.kvm;

import kvm4j.bindings.kvm.KvmUapi;
import kvm4j.bindings.kvm.kvm_cpuid_entry2;

import java.lang.foreign.MemorySegment;

/**
 * What CPUID answers for one leaf: {@code struct kvm_cpuid_entry2}.
 *
 * @param function the leaf: EAX before the instruction
 * @param index the subleaf: ECX before the instruction, 0 for a leaf without subleaves
 * @param indexed whether the leaf has subleaves: {@code KVM_CPUID_FLAG_SIGNIFCANT_INDEX}
 * @param eax EAX afterwards
 * @param ebx EBX afterwards
 * @param ecx ECX afterwards
 * @param edx EDX afterwards
 */
public record CpuIdEntry(
        int function, int index, boolean indexed, int eax, int ebx, int ecx, int edx) {

    /** All zero: what is where no leaf was written. */
    static final CpuIdEntry ABSENT = new CpuIdEntry(0, 0, false, 0, 0, 0, 0);

    private static final int SIGNIFICANT_INDEX = KvmUapi.KVM_CPUID_FLAG_SIGNIFCANT_INDEX();

    /**
     * This entry with other answers.
     *
     * @param newEax EAX afterwards
     * @param newEbx EBX afterwards
     * @param newEcx ECX afterwards
     * @param newEdx EDX afterwards
     * @return a copy
     */
    public CpuIdEntry withAnswer(int newEax, int newEbx, int newEcx, int newEdx) {
        return new CpuIdEntry(function, index, indexed, newEax, newEbx, newEcx, newEdx);
    }

    /**
     * Whether CPUID answers with this entry.
     *
     * @param leaf EAX before the instruction
     * @param subleaf ECX before the instruction; does not matter for a leaf without subleaves
     * @return whether it does
     */
    public boolean answers(int leaf, int subleaf) {
        return function == leaf && (!indexed || index == subleaf);
    }

    static CpuIdEntry load(MemorySegment source) {
        return new CpuIdEntry(
                kvm_cpuid_entry2.function(source),
                kvm_cpuid_entry2.index(source),
                (kvm_cpuid_entry2.flags(source) & SIGNIFICANT_INDEX) != 0,
                kvm_cpuid_entry2.eax(source),
                kvm_cpuid_entry2.ebx(source),
                kvm_cpuid_entry2.ecx(source),
                kvm_cpuid_entry2.edx(source));
    }

    void store(MemorySegment target) {
        kvm_cpuid_entry2.function(target, function);
        kvm_cpuid_entry2.index(target, index);
        kvm_cpuid_entry2.flags(target, indexed ? SIGNIFICANT_INDEX : 0);
        kvm_cpuid_entry2.eax(target, eax);
        kvm_cpuid_entry2.ebx(target, ebx);
        kvm_cpuid_entry2.ecx(target, ecx);
        kvm_cpuid_entry2.edx(target, edx);
    }
}
