package kvm4j.kvm.msr;

import kvm4j.bindings.kvm.kvm_msr_entry;
import kvm4j.bindings.kvm.kvm_msrs;
import kvm4j.x86.Msr;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;

/**
 * Model-specific registers with their values in the structures that {@code KVM_SET_MSRS} takes,
 * filled in once to be written any number of times.
 */
public final class MsrTable {

    /** How many the kernel takes in one request ({@code MAX_IO_MSRS} is 256). */
    static final int BATCH = 255;

    private final List<Msr> values;
    private final List<MemorySegment> batches;

    /**
     * A table.
     *
     * @param values what to write, in their order
     * @param memory where from the structures come
     */
    public MsrTable(List<Msr> values, SegmentAllocator memory) {
        this.values = List.copyOf(values);
        List<MemorySegment> filled = new ArrayList<>();
        for (int from = 0; from < values.size(); from += BATCH) {
            int end = Math.min(values.size(), from + BATCH);
            filled.add(structure(this.values.subList(from, end), memory));
        }
        this.batches = List.copyOf(filled);
    }

    private static MemorySegment structure(List<Msr> values, SegmentAllocator memory) {
        MemorySegment structure = MsrTransfer.allocate(memory, values.size());
        for (int i = 0; i < values.size(); i++) {
            MemorySegment entry = MsrTransfer.entry(structure, i);
            kvm_msr_entry.index(entry, values.get(i).index());
            kvm_msr_entry.data(entry, values.get(i).value());
        }
        return structure;
    }

    /**
     * What is written.
     *
     * @return the registers with their values, in the order in which they are written
     */
    public List<Msr> values() {
        return values;
    }

    /**
     * The same table without some of its values.
     *
     * @param others which
     * @param memory where from its structures come
     * @return the table
     */
    public MsrTable without(List<Msr> others, SegmentAllocator memory) {
        return new MsrTable(
                values.stream().filter(value -> !others.contains(value)).toList(), memory);
    }

    /** Writes them up to the first that the kernel refuses. Answers how many were written. */
    int write(ToIntFunction<MemorySegment> setMsrs) {
        int written = 0;
        for (int i = 0; i < batches.size(); i++) {
            MemorySegment batch = batches.get(i);
            int done = setMsrs.applyAsInt(batch);
            written += done;
            if (done < kvm_msrs.nmsrs(batch)) {
                break;
            }
        }
        return written;
    }
}
