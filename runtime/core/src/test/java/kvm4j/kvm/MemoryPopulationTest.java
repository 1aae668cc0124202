package kvm4j.kvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.bindings.kvm.kvm_pre_fault_memory;
import kvm4j.bindings.libc.Libc;
import kvm4j.linux.LinuxException;

import org.junit.jupiter.api.Test;

import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** A kernel that does as virt/kvm/kvm_main.c, as few hosts have the request. */
class MemoryPopulationTest {

    /** How many bytes each call populates; negative for an error before any. */
    private final Deque<Integer> calls = new ArrayDeque<>();

    private int kernel(MemorySegment range) {
        int next = calls.remove();
        if (next < 0) {
            return next;
        }
        kvm_pre_fault_memory.gpa(range, kvm_pre_fault_memory.gpa(range) + next);
        kvm_pre_fault_memory.size(range, kvm_pre_fault_memory.size(range) - next);
        return 0;
    }

    private void populate(Integer... results) {
        calls.addAll(List.of(results));
        MemoryPopulation.populate((_, range) -> kernel(range), 0x1000, 0x4000);
        assertEquals(List.of(), List.copyOf(calls));
    }

    @Test
    void goesOnWhereASignalEndedIt() {
        populate(0x4000);
        populate(0x1000, 0x2000, 0x1000);
        populate(-Libc.EINTR(), 0x3000, -Libc.EAGAIN(), 0x1000);
    }

    @Test
    void failsWhereMemoryEndsInTheMidst() {
        var failure = assertThrows(LinuxException.class, () -> populate(0x2000, -Libc.ENOENT()));
        assertTrue(failure.isErrno(Libc.ENOENT()), failure::getMessage);
    }
}
