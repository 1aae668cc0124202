package kvm4j.machine;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import kvm4j.kvm.Kvm;
import kvm4j.kvm.NeedsKvm;
import kvm4j.kvm.Vm;
import kvm4j.kvm.memory.DirtyLog;
import kvm4j.kvm.memory.MemorySlot;
import kvm4j.memory.GuestMemory;

import org.junit.jupiter.api.Test;

import java.util.BitSet;

/** What a machine notes of its memory, and gives back. */
@NeedsKvm
class MachineMemoryTest {

    @Test
    void forgetsNothingThatWasLookedAt() {
        try (Kvm kvm = Kvm.open();
                Vm vm = kvm.createVm();
                GuestMemory memory = GuestMemory.ofSize(1 << 20);
                MachineMemory contents = new MachineMemory(memory)) {
            contents.mapInto(vm);
            SnapshotLayer before = SnapshotLayer.first();
            contents.follow(before);
            memory.putInt(0x5000, 1);
            contents.current(); // as when the snapshot then fails
            memory.putInt(0x7000, 1);
            PageSet changed = contents.current().differenceTo(before).orElseThrow();
            assertEquals(BitSet.valueOf(new long[] {1 << 5 | 1 << 7}), changed.bits());
        }
    }

    @Test
    void itsLogsEndWithIt() {
        try (Kvm kvm = Kvm.open();
                Vm vm = kvm.createVm();
                GuestMemory memory = GuestMemory.ofSize(1 << 20)) {
            MachineMemory contents = new MachineMemory(memory);
            MemorySlot slot = contents.mapInto(vm).getFirst();
            contents.follow(SnapshotLayer.first());
            assertThrows(IllegalStateException.class, slot::logDirtyPages);
            contents.close();
            DirtyLog another = assertDoesNotThrow(slot::logDirtyPages);
            another.close();
            contents.close();
        }
    }
}
