package kvm4j.kvm;

import kvm4j.kvm.msr.MsrTable;
import kvm4j.x86.Msr;

import java.lang.foreign.SegmentAllocator;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * The MSRs of a state that is given to vCPUs again and again. Which the kernel refuses, although
 * they have their values, is found out by the first; another has to have the same values in them,
 * or is given all.
 */
final class StateMsrs {

    /** What is written, and what is only looked at. */
    private record Parts(MsrTable written, List<Msr> fixed) {

        Parts without(List<Msr> refused, SegmentAllocator memory) {
            return new Parts(
                    written.without(refused, memory),
                    Stream.concat(fixed.stream(), refused.stream()).toList());
        }
    }

    private final SegmentAllocator memory;
    private final Parts all;
    private volatile Parts known;

    /**
     * The MSRs of a state.
     *
     * @param values in the order to write them in
     * @param memory where from their structures come, for any thread
     */
    StateMsrs(List<Msr> values, SegmentAllocator memory) {
        this.memory = memory;
        this.all = new Parts(new MsrTable(values, memory), List.of());
        this.known = all;
    }

    /**
     * Gives them to a vCPU.
     *
     * @param restoration writes a table, and answers what the kernel refused that has its value
     * @param hasFixed whether MSRs that cannot be written have these values there
     */
    void restore(Function<MsrTable, List<Msr>> restoration, Predicate<List<Msr>> hasFixed) {
        Parts parts = known;
        if (!hasFixed.test(parts.fixed)) {
            parts = all;
        }
        List<Msr> refused = restoration.apply(parts.written);
        if (!refused.isEmpty()) {
            known = parts.without(refused, memory);
        }
    }
}
