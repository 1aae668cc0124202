package kvm4j.testing.cpu;

import kvm4j.x86.CpuId;
import kvm4j.x86.CpuIdEntry;

import java.util.Locale;

/**
 * One register of what CPUID answers.
 *
 * @param leaf EAX before the instruction
 * @param index ECX before the instruction, 0 for a leaf without subleaves
 * @param register which of the answers
 */
record CpuIdWord(int leaf, int index, Register register) {

    /** What CPUID answers in. */
    enum Register {
        EAX,
        EBX,
        ECX,
        EDX
    }

    /** As in the lists: {@code 80000001.0.ecx}. */
    static CpuIdWord parse(String text) {
        String[] parts = text.split("\\.");
        return new CpuIdWord(
                Integer.parseUnsignedInt(parts[0], 16),
                Integer.parseInt(parts[1]),
                Register.valueOf(parts[2].toUpperCase(Locale.ROOT)));
    }

    /** Its value; 0 where there is no such leaf. */
    int in(CpuId cpuId) {
        return cpuId.find(leaf, index).map(this::in).orElse(0);
    }

    private int in(CpuIdEntry entry) {
        return switch (register) {
            case EAX -> entry.eax();
            case EBX -> entry.ebx();
            case ECX -> entry.ecx();
            case EDX -> entry.edx();
        };
    }

    /** The leaves with another value of it; the same where there is no such leaf. */
    CpuId with(int value, CpuId cpuId) {
        return cpuId.find(leaf, index)
                .filter(entry -> in(entry) != value)
                .map(entry -> cpuId.with(with(value, entry)))
                .orElse(cpuId);
    }

    private CpuIdEntry with(int value, CpuIdEntry entry) {
        int eax = entry.eax();
        int ebx = entry.ebx();
        int ecx = entry.ecx();
        int edx = entry.edx();
        return switch (register) {
            case EAX -> entry.withAnswer(value, ebx, ecx, edx);
            case EBX -> entry.withAnswer(eax, value, ecx, edx);
            case ECX -> entry.withAnswer(eax, ebx, value, edx);
            case EDX -> entry.withAnswer(eax, ebx, ecx, value);
        };
    }
}
