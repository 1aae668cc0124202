package kvm4j.x86;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * All that CPUID answers on a processor; Intel SDM volume 2, CPUID; AMD APM volume 3, appendix E.
 *
 * @param entries the leaves, in the order in which KVM has them
 */
public record CpuId(List<CpuIdEntry> entries) {

    /**
     * The leaves.
     *
     * @param entries the leaves; copied
     */
    public CpuId {
        entries = List.copyOf(entries);
    }

    /**
     * The answer for a leaf.
     *
     * @param function the leaf: EAX before the instruction
     * @param index the subleaf: ECX before the instruction; does not matter for a leaf without
     * @return the entry, empty if there is none, for which the instruction answers zeros or what
     *     the highest basic leaf does
     */
    public Optional<CpuIdEntry> find(int function, int index) {
        return entries.stream().filter(entry -> entry.answers(function, index)).findFirst();
    }

    /**
     * {@return whether the processor has VMX, with which it can run guests of its own:
     * CPUID.1:ECX.VMX, Intel SDM volume 2}
     */
    public boolean hasVmx() {
        return find(0x1, 0).filter(entry -> (entry.ecx() & 1 << 5) != 0).isPresent();
    }

    /**
     * {@return whether the processor has SVM, with which it can run guests of its own: CPUID
     * Fn8000_0001_ECX[SVM], AMD APM volume 3}
     */
    public boolean hasSvm() {
        return find(0x8000_0001, 0).filter(entry -> (entry.ecx() & 1 << 2) != 0).isPresent();
    }

    /**
     * These leaves with one more, or with one replaced.
     *
     * @param entry the leaf to answer with from now on
     * @return a copy
     */
    public CpuId with(CpuIdEntry entry) {
        List<CpuIdEntry> changed = new ArrayList<>(entries);
        changed.removeIf(old -> old.function() == entry.function() && old.index() == entry.index());
        changed.add(entry);
        return new CpuId(changed);
    }
}
