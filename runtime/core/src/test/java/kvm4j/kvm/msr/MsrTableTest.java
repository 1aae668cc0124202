package kvm4j.kvm.msr;

import static org.junit.jupiter.api.Assertions.assertEquals;

import kvm4j.bindings.kvm.kvm_msr_entry;
import kvm4j.bindings.kvm.kvm_msrs;
import kvm4j.x86.Msr;

import org.junit.jupiter.api.Test;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;
import java.util.stream.IntStream;

class MsrTableTest {

    /** More than the kernel takes in one request. */
    private static final int COUNT = 600;

    private static final List<Msr> VALUES =
            IntStream.range(0, COUNT).mapToObj(i -> new Msr(i, -i)).toList();

    private final MsrTable table = new MsrTable(VALUES, Arena.ofAuto());
    private final List<Msr> written = new ArrayList<>();

    /** What the kernel does that refuses one. */
    private ToIntFunction<MemorySegment> kernelWithout(int refused) {
        return structure -> {
            int count = kvm_msrs.nmsrs(structure);
            for (int i = 0; i < count; i++) {
                MemorySegment entry = MsrTransfer.entry(structure, i);
                if (kvm_msr_entry.index(entry) == refused) {
                    return i;
                }
                written.add(new Msr(kvm_msr_entry.index(entry), kvm_msr_entry.data(entry)));
            }
            return count;
        };
    }

    @Test
    void isWrittenInSeveralRequests() {
        assertEquals(COUNT, table.write(kernelWithout(COUNT)));
        assertEquals(VALUES, written);
    }

    @Test
    void isWrittenAgain() {
        table.write(kernelWithout(COUNT));
        written.clear();
        table.write(kernelWithout(COUNT));
        assertEquals(VALUES, written);
    }

    @Test
    void isWrittenUpToWhatTheKernelRefuses() {
        int refused = MsrTable.BATCH + 3;
        assertEquals(refused, table.write(kernelWithout(refused)));
        assertEquals(VALUES.subList(0, refused), written);
    }

    @Test
    void isWrittenWholeWithoutWhatTheKernelRefuses() {
        MsrTable others = table.without(List.of(VALUES.get(7)), Arena.ofAuto());
        assertEquals(COUNT - 1, others.write(kernelWithout(7)));
        assertEquals(others.values(), written);
    }

    @Test
    void ofNothingAsksForNothing() {
        assertEquals(0, new MsrTable(List.of(), Arena.ofAuto()).write(kernelWithout(0)));
    }
}
