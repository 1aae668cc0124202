package kvm4j.kvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.x86.CpuId;
import kvm4j.x86.CpuIdEntry;
import kvm4j.x86.Registers;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

@NeedsKvm
class CpuIdTest {

    /** mov $0x40001234, %eax; xor %ecx, %ecx; cpuid; hlt. */
    private static final String CPUID = "66 b8 34 12 00 40 66 31 c9 0f a2 f4";

    private static final int LEAF = 0x40001234;

    @Test
    void supportedLeavesBeginWithTheVendor() {
        try (Kvm kvm = Kvm.open()) {
            CpuIdEntry vendor = kvm.supportedCpuId().find(0, 0).orElseThrow();
            assertTrue(vendor.eax() > 0);
            assertFalse(vendor.ebx() == 0);
            assertTrue(kvm.supportedCpuId().find(0x8000_0000, 0).isPresent());
        }
    }

    @Test
    void emulatedLeavesCanBeListed() {
        try (Kvm kvm = Kvm.open()) {
            TestGuest.assume(kvm, Capability.EXT_EMUL_CPUID);
            assertFalse(kvm.emulatedCpuId().entries().isEmpty());
        }
    }

    @Test
    void hypervLeavesCanBeListed() {
        try (Kvm kvm = Kvm.open()) {
            TestGuest.assume(kvm, Capability.SYS_HYPERV_CPUID);
            assertTrue(kvm.supportedHypervCpuId().find(0x4000_0000, 0).isPresent());
        }
    }

    @Test
    void hypervLeavesOfAProcessorAreNoneWithoutTheCapability() {
        try (TestGuest guest = TestGuest.of(CPUID)) {
            boolean offered = guest.kvm().check(Capability.HYPERV_CPUID) > 0;
            CpuId leaves = guest.vcpu().supportedHypervCpuId();
            assertEquals(offered, leaves.find(0x4000_0000, 0).isPresent());
        }
    }

    @Test
    void theGuestSeesWhatWasSet() {
        try (TestGuest guest = TestGuest.of(CPUID)) {
            CpuIdEntry answer = new CpuIdEntry(LEAF, 0, false, 0x11, 0x22, 0x33, 0x44);
            // CPUID answers for a leaf that its range's first announces
            CpuIdEntry range = new CpuIdEntry(0x4000_1000, 0, false, LEAF, 0, 0, 0);
            guest.vcpu().setCpuId(guest.kvm().supportedCpuId().with(answer).with(range));
            assertEquals(answer, guest.vcpu().cpuId().find(LEAF, 0).orElseThrow());
            guest.runToHalt();
            Registers registers = guest.vcpu().registers();
            assertEquals(0x11, registers.rax());
            assertEquals(0x22, registers.rbx());
            assertEquals(0x33, registers.rcx());
            assertEquals(0x44, registers.rdx());
        }
    }

    @Test
    void moreLeavesThanTheFirstQueryHoldsAreReadBack() {
        try (TestGuest guest = TestGuest.of("f4")) {
            List<CpuIdEntry> more = new ArrayList<>();
            for (int i = 1; i < 150; i++) {
                more.add(new CpuIdEntry(LEAF + i, 0, false, i, 0, 0, 0));
            }
            List<CpuIdEntry> many = new ArrayList<>(guest.kvm().supportedCpuId().entries());
            many.addAll(more);
            guest.vcpu().setCpuId(new CpuId(many));
            // some kernels leave out what is all zero of the host's own leaves
            assertTrue(guest.vcpu().cpuId().entries().containsAll(more));
        }
    }

    @Test
    void findsSubleavesAndReplacesLeaves() {
        CpuIdEntry first = new CpuIdEntry(4, 0, true, 1, 0, 0, 0);
        CpuIdEntry second = new CpuIdEntry(4, 1, true, 2, 0, 0, 0);
        CpuIdEntry plain = new CpuIdEntry(1, 0, false, 3, 0, 0, 0);
        CpuId cpuId = new CpuId(List.of(first, second, plain));
        assertEquals(second, cpuId.find(4, 1).orElseThrow());
        assertTrue(cpuId.find(4, 2).isEmpty());
        assertEquals(plain, cpuId.find(1, 77).orElseThrow());
        CpuIdEntry changed = second.withAnswer(9, 8, 7, 6);
        assertEquals(changed, cpuId.with(changed).find(4, 1).orElseThrow());
        assertEquals(3, cpuId.with(changed).entries().size());
    }
}
