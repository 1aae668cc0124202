package kvm4j.kvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.bindings.libc.Libc;
import kvm4j.linux.Errno;
import kvm4j.linux.Ioctl;
import kvm4j.linux.LinuxException;

import org.junit.jupiter.api.Test;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;

@NeedsKvm
class CapabilityTest {

    @Test
    void everyHostCanMapMemoryAndTellsItsLimits() {
        try (Kvm kvm = Kvm.open();
                Vm vm = kvm.createVm()) {
            assertTrue(kvm.check(Capability.USER_MEMORY) > 0);
            assertTrue(kvm.check(Capability.NR_MEMSLOTS) >= 32);
            assertTrue(kvm.check(Capability.MAX_VCPUS) >= kvm.check(Capability.NR_VCPUS));
            assertEquals(kvm.check(Capability.NR_MEMSLOTS), vm.check(Capability.NR_MEMSLOTS));
        }
    }

    @Test
    void everyCapabilityCanBeAskedFor() {
        try (Kvm kvm = Kvm.open()) {
            for (Capability capability : Capability.values()) {
                assertTrue(kvm.check(capability) >= 0, capability::symbol);
            }
        }
    }

    @Test
    void codesAreDistinctAndMeaningsAreOneLine() {
        Capability[] all = Capability.values();
        assertEquals(all.length, Arrays.stream(all).mapToInt(Capability::code).distinct().count());
        for (Capability capability : all) {
            assertFalse(capability.meaning().isBlank(), capability::symbol);
            assertFalse(capability.meaning().contains("\n"), capability::symbol);
        }
        assertEquals("KVM_CAP_IRQCHIP", Capability.IRQCHIP.symbol());
        assertEquals(0, Capability.IRQCHIP.code());
    }

    @Test
    void theDefaultTypeCanBeCreatedAndAnUnsupportedOneNot() {
        try (Kvm kvm = Kvm.open()) {
            assertTrue(kvm.vmTypes().contains(VmType.DEFAULT));
            for (VmType type : VmType.values()) {
                if (kvm.vmTypes().contains(type)) {
                    kvm.createVm(type).close();
                } else {
                    var refused = assertThrows(LinuxException.class, () -> kvm.createVm(type));
                    assertTrue(refused.isErrno(Libc.EINVAL()), refused::getMessage);
                }
            }
        }
    }

    @Test
    void whatCannotBeEnabledIsRefused() {
        try (TestGuest guest = TestGuest.of("f4")) {
            guest.assume(Capability.ENABLE_CAP_VM);
            var onVm =
                    assertThrows(
                            LinuxException.class, () -> guest.vm().enable(Capability.USER_MEMORY));
            assertTrue(onVm.isErrno(Libc.EINVAL()), onVm::getMessage);
            var onVcpu =
                    assertThrows(
                            LinuxException.class,
                            () -> guest.vcpu().enable(Capability.USER_MEMORY));
            assertTrue(onVcpu.isErrno(Libc.EINVAL()), onVcpu::getMessage);
            assertThrows(
                    IllegalArgumentException.class,
                    () -> guest.vm().enable(Capability.HALT_POLL, 1, 2, 3, 4, 5));
        }
    }

    @Test
    void enablesOnVm() {
        try (TestGuest guest = TestGuest.of("f4")) {
            guest.assume(Capability.HALT_POLL);
            guest.vm().enable(Capability.HALT_POLL, 0);
            guest.runToHalt();
        }
    }

    @Test
    void enablesOnVcpu() {
        try (TestGuest guest = TestGuest.of("f4")) {
            guest.assume(Capability.ENFORCE_PV_FEATURE_CPUID);
            guest.vcpu().enable(Capability.ENFORCE_PV_FEATURE_CPUID, 1);
            guest.runToHalt();
        }
    }

    /** What a kernel has that is newer than this library. */
    @Test
    void capabilitiesAndRequestsWithoutANameAreReached() {
        Ioctl checkExtension = new Ioctl("KVM_CHECK_EXTENSION", 0xae03);
        Ioctl getRegisters = new Ioctl("KVM_GET_REGS", 0x8090_ae81L);
        Ioctl unknown = new Ioctl("KVM_FROM_THE_FUTURE", 0xaeff);
        try (TestGuest guest = TestGuest.of("f4");
                Arena arena = Arena.ofConfined()) {
            int memory = Capability.USER_MEMORY.code();
            assertEquals(1, guest.kvm().check(memory));
            assertEquals(1, guest.vm().check(memory));
            assertEquals(0, guest.kvm().check(1_000_000));
            assertEquals(1, guest.kvm().ioctl(checkExtension, memory));
            assertEquals(1, guest.vm().ioctl(checkExtension, memory));
            MemorySegment registers = arena.allocate(18 * Long.BYTES, Long.BYTES);
            assertEquals(0, guest.vcpu().ioctl(getRegisters, registers));
            assertEquals(TestGuest.ENTRY, registers.getAtIndex(ValueLayout.JAVA_LONG, 16));
            var refusals =
                    List.of(
                            assertThrows(LinuxException.class, () -> guest.kvm().ioctl(unknown, 0)),
                            assertThrows(LinuxException.class, () -> guest.vm().ioctl(unknown, 0)),
                            assertThrows(
                                    LinuxException.class, () -> guest.vcpu().ioctl(unknown, 0)));
            for (LinuxException refused : refusals) {
                assertTrue(refused.getMessage().startsWith("KVM_FROM_THE_FUTURE failed"));
            }
            var disabled =
                    assertThrows(
                            LinuxException.class, () -> guest.vm().enable(1_000_000, 1, 2, 3, 4));
            assertTrue(disabled.is(Errno.EINVAL), disabled::getMessage);
            assertThrows(LinuxException.class, () -> guest.vcpu().enable(1_000_000));
        }
    }
}
