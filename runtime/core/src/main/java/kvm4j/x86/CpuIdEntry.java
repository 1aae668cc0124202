package kvm4j.x86;

/**
 * What CPUID answers for one leaf.
 *
 * @param function the leaf: EAX before the instruction
 * @param index the subleaf: ECX before the instruction, 0 for a leaf without subleaves
 * @param indexed whether the leaf has subleaves
 * @param eax EAX afterwards
 * @param ebx EBX afterwards
 * @param ecx ECX afterwards
 * @param edx EDX afterwards
 */
public record CpuIdEntry(
        int function, int index, boolean indexed, int eax, int ebx, int ecx, int edx) {

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

    /** The entry, numbers in hexadecimal. */
    @Override
    public String toString() {
        return """
        CpuIdEntry[function=0x%x, index=0x%x, indexed=%b, eax=0x%x, ebx=0x%x, ecx=0x%x, edx=0x%x]\
        """
                .formatted(function, index, indexed, eax, ebx, ecx, edx);
    }
}
