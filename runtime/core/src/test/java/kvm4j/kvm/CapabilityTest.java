package kvm4j.kvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.bindings.libc.Libc;
import kvm4j.linux.LinuxException;

import org.junit.jupiter.api.Test;

import java.util.Arrays;

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
}
