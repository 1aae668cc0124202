package kvm4j.kvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.bindings.libc.Libc;
import kvm4j.kvm.memory.GuestMemoryFile;
import kvm4j.kvm.memory.MemorySlot;
import kvm4j.linux.LinuxException;
import kvm4j.memory.GuestMemory;

import org.junit.jupiter.api.Test;

import java.util.List;

@NeedsKvm
class MemorySlotTest {

    /** mov 0x2000(%bx with ds = 0xf000), %al; hlt: reads GPA 0xf2000 where no memory is. */
    private static final String READ_HIGH = "b8 00 f0 8e d8 a0 00 20 f4";

    private static final long HIGH = 0xf2000;

    /** mov $0x77, %al with ds = 0xf000; mov %al, 0x2000; hlt. */
    private static final String WRITE_HIGH = "b8 00 f0 8e d8 b0 77 a2 00 20 f4";

    @Test
    void memoryAppearsWhereItIsMovedTo() {
        try (TestGuest guest = TestGuest.of(READ_HIGH);
                GuestMemory extra =
                        GuestMemory.builder().ram(0x2_0000, GuestMemory.PAGE_SIZE).build()) {
            MemorySlot slot = guest.vm().map(extra).getFirst();
            assertEquals(1, slot.number());
            assertEquals(0x2_0000, slot.address());
            assertEquals(GuestMemory.PAGE_SIZE, slot.size());
            assertEquals(new VmExit.MmioRead(HIGH, 1), guest.run());
            guest.vcpu().exit().setMmioValue(0x11);
            guest.runToHalt();

            extra.putByte(0x2_0000, (byte) 0x66);
            slot.moveTo(HIGH);
            assertEquals(HIGH, slot.address());
            guest.vcpu().setRegisters(guest.vcpu().registers().withRip(TestGuest.ENTRY));
            guest.runToHalt();
            assertEquals(0x66, guest.vcpu().registers().rax() & 0xff);

            slot.remove();
            guest.vcpu().setRegisters(guest.vcpu().registers().withRip(TestGuest.ENTRY));
            assertEquals(new VmExit.MmioRead(HIGH, 1), guest.run());
        }
    }

    @Test
    void writesToReadOnlyMemoryExit() {
        try (TestGuest guest = TestGuest.of(WRITE_HIGH);
                GuestMemory rom = GuestMemory.builder().rom(HIGH, GuestMemory.PAGE_SIZE).build()) {
            guest.assume(Capability.READONLY_MEM);
            guest.vm().map(rom);
            assertEquals(new VmExit.MmioWrite(HIGH, 1, 0x77), guest.run());
            guest.runToHalt();
            assertEquals(0, rom.getByte(HIGH));
        }
    }

    @Test
    void aRemovedSlotIsOfNoUseAndItsNumberIsUsedAgain() {
        try (TestGuest guest = TestGuest.of("f4");
                GuestMemory extra =
                        GuestMemory.builder().ram(HIGH, GuestMemory.PAGE_SIZE).build()) {
            MemorySlot slot = guest.vm().map(extra).getFirst();
            slot.remove();
            assertThrows(IllegalStateException.class, slot::remove);
            assertThrows(IllegalStateException.class, () -> slot.moveTo(0));
            assertThrows(IllegalStateException.class, slot::logDirtyPages);
            for (int i = 0; i < 10; i++) {
                MemorySlot next = guest.vm().map(extra).getFirst();
                assertEquals(slot.number(), next.number());
                next.remove();
            }
        }
    }

    @Test
    @SuppressWarnings("try") // when the memory is closed is what is tested
    void memoryIsUnmappedWhenTheLastSlotIsGone() {
        try (TestGuest guest = TestGuest.of("f4")) {
            GuestMemory extra = GuestMemory.builder().ram(HIGH, GuestMemory.PAGE_SIZE).build();
            MemorySlot slot = guest.vm().map(extra).getFirst();
            extra.close();
            assertTrue(extra.regions().getFirst().segment().scope().isAlive());
            slot.remove();
            assertTrue(!extra.regions().getFirst().segment().scope().isAlive());
            assertThrows(IllegalStateException.class, () -> guest.vm().map(extra));
        }
    }

    @Test
    void overlapsAreRefusedAndLeaveNothingBehind() {
        try (TestGuest guest = TestGuest.of("f4");
                GuestMemory overlapping =
                        GuestMemory.builder()
                                .ram(TestGuest.MEMORY_SIZE - GuestMemory.PAGE_SIZE, 0x2000)
                                .build();
                GuestMemory twoRegions =
                        GuestMemory.builder()
                                .ram(0, GuestMemory.PAGE_SIZE)
                                .ram(HIGH, GuestMemory.PAGE_SIZE)
                                .build();
                GuestMemory fits = GuestMemory.builder().ram(HIGH, GuestMemory.PAGE_SIZE).build()) {
            for (GuestMemory memory : List.of(overlapping, twoRegions)) {
                var refused = assertThrows(LinuxException.class, () -> guest.vm().map(memory));
                assertTrue(refused.isErrno(Libc.EEXIST()), refused::getMessage);
            }
            assertEquals(1, guest.vm().map(fits).getFirst().number());
        }
    }

    @Test
    void theAddressesThatRealModeNeedsOnVmxCanBeSet() {
        try (TestGuest guest =
                TestGuest.of(
                        "f4",
                        vm -> {
                            TestGuest.assume(vm, Capability.SET_TSS_ADDR);
                            TestGuest.assume(vm, Capability.SET_IDENTITY_MAP_ADDR);
                            vm.setIdentityMapAddress(0xfeff_c000L);
                            vm.setTaskStateAddress(0xfeff_d000L);
                        })) {
            guest.runToHalt();
        }
    }

    @Test
    void privateMemoryIsShownAndHidden() {
        try (TestGuest guest = TestGuest.of(READ_HIGH)) {
            guest.assume(Capability.GUEST_MEMFD);
            guest.assume(Capability.MEMORY_ATTRIBUTES);
            long size = GuestMemory.PAGE_SIZE;
            try (GuestMemory shared = GuestMemory.builder().ram(HIGH, size).build();
                    GuestMemoryFile file = guest.vm().createGuestMemoryFile(size)) {
                assertEquals(size, file.size());
                shared.putByte(HIGH, (byte) 0x55);
                guest.vm().mapPrivate(shared, shared.regions().getFirst(), file, 0);
                guest.vm().makePrivate(HIGH, size);
                guest.vm().makeShared(HIGH, size);
                guest.runToHalt();
                assertEquals(0x55, guest.vcpu().registers().rax() & 0xff);
            }
        }
    }

    @Test
    void memoryCanBePopulatedAhead() {
        try (TestGuest guest = TestGuest.of("f4")) {
            guest.assume(Capability.PRE_FAULT_MEMORY);
            guest.vcpu().preFault(0, TestGuest.MEMORY_SIZE);
            assertThrows(LinuxException.class, () -> guest.vcpu().preFault(HIGH, 4096));
            guest.runToHalt();
        }
    }
}
