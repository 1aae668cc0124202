package kvm4j.testing.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import kvm4j.kvm.Capability;
import kvm4j.kvm.Kvm;
import kvm4j.kvm.Vcpu;
import kvm4j.machine.IrqchipMode;
import kvm4j.machine.Outcome;
import kvm4j.testing.FinishedGuest;
import kvm4j.testing.GuestSetup;
import kvm4j.testing.HostKvm;
import kvm4j.x86.CpuId;
import kvm4j.x86.CpuIdEntry;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.HexFormat;
import java.util.List;

/** What a processor tells of Hyper-V: the words that QEMU 7.2 gives to KVM_SET_CPUID2. */
class HypervTest {

    /** Of kvm_intel in Linux 6.1. */
    private static final CpuId OFFERED =
            new CpuId(
                    List.of(
                            leaf(0x4000_0000, 0x4000_0082, 0x756e_694c, 0x564b_2078, 0x7648_204d),
                            leaf(0x4000_0001, 0x3123_7648, 0, 0, 0),
                            leaf(0x4000_0002, 0x3839, 0x000a_0000, 0, 0),
                            leaf(0x4000_0003, 0x2eff, 0x1030, 0, 0x0008_4dd2),
                            leaf(0x4000_0004, 0x0004_4e2c, 0xfff, 0, 0),
                            leaf(0x4000_0005, 0x1000, 0x40, 0, 0),
                            leaf(0x4000_000a, 0x000e_0101, 0, 0, 0)));

    private static final CpuId OWN =
            new CpuId(
                    List.of(
                            leaf(1, 1, 2, 3, 4),
                            leaf(0x4000_0000, 0x4000_0001, 0x4b4d_564b, 0x564b_4d56, 0x4d),
                            leaf(0x4000_0001, 0x0100_7afb, 0, 0, 0)));

    private static CpuIdEntry leaf(int function, int eax, int ebx, int ecx, int edx) {
        return new CpuIdEntry(function, 0, false, eax, ebx, ecx, edx);
    }

    private static HypervOptions options(String words) {
        return new HypervOptions(CpuOptions.parse(List.of(words.split(","))));
    }

    private static CpuId leaves(String words) {
        HypervOptions options = options(words);
        return new HypervLeaves(options, OFFERED, options.features(OFFERED)).addedTo(OWN);
    }

    private static String hex(CpuIdEntry leaf) {
        return "%x %x %x %x".formatted(leaf.eax(), leaf.ebx(), leaf.ecx(), leaf.edx());
    }

    private static void assertLeaf(String expected, int function, CpuId leaves) {
        assertEquals(expected, hex(leaves.find(function, 0).orElseThrow()));
    }

    @Test
    void kvmsOwnLeavesComeBehind() {
        CpuId leaves = leaves("hv_relaxed");
        assertLeaf("1 2 3 4", 1, leaves);
        assertLeaf("40000005 7263694d 666f736f 76482074", 0x4000_0000, leaves);
        assertLeaf("31237648 0 0 0", 0x4000_0001, leaves);
        assertLeaf("3839 a0000 0 0", 0x4000_0002, leaves);
        assertLeaf("20 0 0 8", 0x4000_0003, leaves);
        assertLeaf("20 ffffffff 0 0", 0x4000_0004, leaves);
        assertLeaf("ffffffff 40 0 0", 0x4000_0005, leaves);
        assertLeaf("40000101 4b4d564b 564b4d56 4d", 0x4000_0100, leaves);
        assertLeaf("1007afb 0 0 0", 0x4000_0101, leaves);
        assertEquals(9, leaves.entries().size());
    }

    @ParameterizedTest
    @CsvSource({
        "'hv-time', 222 0 0 8, 0 ffffffff 0 0",
        "'hv_time=on,hv_relaxed=off', 222 0 0 8, 0 ffffffff 0 0",
        "'+hv_vapic', 30 0 0 8, 8 ffffffff 0 0",
        "'hv_vapic,hv_apicv', 30 0 0 8, 200 ffffffff 0 0",
        "'hv_vpindex,hv_tlbflush,hv_ipi', 60 0 0 8, c04 ffffffff 0 0",
        "'hv_vpindex,hv_time,hv_synic,hv_stimer', 26e 30 0 8, 0 ffffffff 0 0",
        "'hv_reset,hv_runtime,hv_crash,hv_xmm_input', a1 0 0 418, 0 ffffffff 0 0",
        "'hv_frequencies,hv_reenlightenment', 2820 0 0 108, 0 ffffffff 0 0",
        "'hv_spinlocks=0x1fff', 20 0 0 8, 0 1fff 0 0",
        "'hv_relaxed,hv_no_nonarch_coresharing=on', 20 0 0 8, 40020 ffffffff 0 0",
        "'hv_relaxed,hv_no_nonarch_coresharing=auto', 20 0 0 8, 40020 ffffffff 0 0",
    })
    void features(String words, String features, String advice) {
        CpuId leaves = leaves(words);
        assertLeaf(features, 0x4000_0003, leaves);
        assertLeaf(advice, 0x4000_0004, leaves);
    }

    @Test
    void namesAndNumbers() {
        CpuId leaves =
                leaves(
                        "hv_relaxed,hv_vendor_id=abc,hv_version_id_build=1,hv_version_id_major=2,"
                                + "hv_version_id_minor=3,hv_version_id_spack=4,"
                                + "hv_version_id_sbranch=5,hv_version_id_snumber=6,x-hv-max-vps=7");
        assertLeaf("40000005 636261 0 0", 0x4000_0000, leaves);
        assertLeaf("1 20003 4 5000006", 0x4000_0002, leaves);
        assertLeaf("7 40 0 0", 0x4000_0005, leaves);
    }

    /** All but what is for nested guests, and the debugger. */
    @Test
    void passthrough() {
        CpuId leaves = leaves("hv_passthrough");
        assertLeaf("40000005 756e694c 564b2078 7648204d", 0x4000_0000, leaves);
        assertLeaf("31237648 0 0 0", 0x4000_0001, leaves);
        assertLeaf("2aff 30 0 84518", 0x4000_0003, leaves);
        assertLeaf("e24 fff 0 0", 0x4000_0004, leaves);
        assertLeaf("1000 40 0 0", 0x4000_0005, leaves);
        assertEquals(List.of(), options("hv_passthrough").missing(OFFERED));
    }

    @Test
    void whatIsNotOfferedIsTold() {
        CpuId little = OFFERED.with(leaf(0x4000_0003, 0x20, 0, 0, 0));
        HypervOptions options = options("hv_relaxed,hv_time,hv_vpindex,hv_ipi");
        assertEquals(List.of("hv-time", "hv-vpindex", "hv-ipi"), options.missing(little));
        CpuId none = new CpuId(List.of());
        assertEquals(List.of("hv-passthrough"), options("hv_passthrough").missing(none));
        assertEquals(List.of("hv-spinlocks"), options("hv_spinlocks=1").missing(none));
    }

    @Test
    void aVendorAloneIsNothing() {
        assertEquals(false, options("hv_vendor_id=x,hv_version_id_build=1,-hv_time").areThere());
    }

    @Tag("kvm")
    @Test
    void onThisHost() {
        assumeTrue(
                HostKvm.isDemanded() || HostKvm.obstacle().isEmpty(),
                () -> HostKvm.obstacle().orElse(""));
        boolean offered;
        try (Kvm kvm = Kvm.open(HostKvm.device())) {
            offered = kvm.check(Capability.HYPERV_CPUID) > 0;
        }
        GuestSetup setup =
                GuestSetup.of("hello").cpu(QemuCpu.parse("max,hv_relaxed,hv_vpindex,hv_time"));
        try (FinishedGuest guest = setup.run()) {
            assertEquals(new Outcome.Exited(0), guest.outcome());
            CpuId cpuId = guest.machine().onVcpu(0, Vcpu::cpuId);
            assertLeaf(
                    offered ? "31237648 0 0 0" : hex(cpuId.find(0x4000_0001, 0).orElseThrow()),
                    0x4000_0001,
                    cpuId);
            assertEquals(!offered, guest.report().contains("hv-relaxed, hv-time, hv-vpindex"));
        }
    }

    @Tag("kvm")
    @Test
    void theSyntheticInterruptController() {
        try (Kvm kvm = Kvm.open(HostKvm.device())) {
            assumeTrue(kvm.check(Capability.HYPERV_CPUID) > 0, "host lacks KVM_CAP_HYPERV_CPUID");
        }
        // SIMP, at 0x100000, and SynIC's control: each is an exit; then a signal to nobody
        byte[] code =
                HexFormat.of()
                        .parseHex(
                                ("66b983000040 66b801001000 6631d2 0f30"
                                                + "66b980000040 66b801000000 6631d2 0f30"
                                                + "b000 e6f4")
                                        .replace(" ", ""));
        GuestSetup setup =
                GuestSetup.of("synic", code)
                        .irqchip(IrqchipMode.KERNEL)
                        .cpu(QemuCpu.parse("max,hv_vpindex,hv_synic"));
        try (FinishedGuest guest = setup.run()) {
            assertEquals(new Outcome.Exited(0), guest.outcome(), guest::report);
        }
    }

    @Tag("kvm")
    @Test
    void isRefusedWhereItIsEnforced() {
        try (Kvm kvm = Kvm.open(HostKvm.device())) {
            assumeTrue(kvm.check(Capability.HYPERV_CPUID) == 0, "host has KVM_CAP_HYPERV_CPUID");
        }
        GuestSetup setup = GuestSetup.of("hello").cpu(QemuCpu.parse("max,hv_time,enforce"));
        String refusal = assertThrows(MissingFeaturesException.class, setup::run).getMessage();
        assertTrue(refusal.endsWith("KVM does not offer here: hv-time"), refusal);
    }
}
