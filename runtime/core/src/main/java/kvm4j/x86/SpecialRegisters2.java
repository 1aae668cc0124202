package kvm4j.x86;

import java.util.List;

/**
 * The special registers with the page directory pointers of PAE paging, which the processor keeps
 * apart from memory.
 *
 * @param registers the registers; without a pending interrupt, which {@link VcpuEvents} has
 * @param pageDirectoryPointers the four pointers, empty where PAE paging is not in use
 */
public record SpecialRegisters2(SpecialRegisters registers, List<Long> pageDirectoryPointers) {

    /** How many page directory pointers there are. */
    public static final int POINTERS = 4;

    /**
     * The registers.
     *
     * @throws IllegalArgumentException if there are neither four pointers nor none
     */
    public SpecialRegisters2 {
        pageDirectoryPointers = List.copyOf(pageDirectoryPointers);
        int count = pageDirectoryPointers.size();
        if (count != 0 && count != POINTERS) {
            throw new IllegalArgumentException("PAE paging has 4 directory pointers: " + count);
        }
    }
}
