package kvm4j.testing.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.x86.CpuId;
import kvm4j.x86.CpuIdEntry;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** What becomes of a processor that has everything. */
class QemuCpuTest {

    private static final int ALL = -1;
    private static final int[] INTEL = {0x756e_6547, 0x6c65_746e, 0x4965_6e69};
    private static final int[] AMD = {0x6874_7541, 0x444d_4163, 0x6974_6e65};

    /** SSE3, CMPXCHG16B, x2APIC, hypervisor. */
    private static final int QEMU64_ECX = 0x8020_2001;

    private static CpuIdEntry leaf(int function, int eax, int ebx, int ecx, int edx) {
        return new CpuIdEntry(function, 0, false, eax, ebx, ecx, edx);
    }

    private static CpuIdEntry subleaf(int function, int index, int eax, int ebx, int ecx, int edx) {
        return new CpuIdEntry(function, index, true, eax, ebx, ecx, edx);
    }

    private static CpuId everything(int[] vendor) {
        List<CpuIdEntry> entries = new ArrayList<>();
        entries.add(leaf(0, 0x20, vendor[0], vendor[1], vendor[2]));
        entries.add(leaf(1, 0x000c_06f2, 0x0102_0800, ALL, ALL));
        entries.add(leaf(6, ALL, 0, 0, 0));
        entries.add(subleaf(7, 0, 2, ALL, ALL, ALL));
        entries.add(subleaf(7, 1, ALL, 0, 0, ALL));
        entries.add(subleaf(7, 2, 0, 0, 0, 1));
        entries.add(leaf(0xa, 0x0830_0805, 0, 0, 3));
        entries.add(subleaf(0xd, 0, 0x602e7, 0x240, 0x2b00, 0));
        entries.add(subleaf(0xd, 1, 0x1f, 0x240, 0x1800, 0));
        entries.add(subleaf(0xd, 2, 0x100, 0x240, 0, 0));
        entries.add(subleaf(0xd, 5, 0x40, 0x440, 0, 0));
        entries.add(subleaf(0xd, 6, 0x200, 0x480, 0, 0));
        entries.add(subleaf(0xd, 7, 0x400, 0x680, 0, 0));
        entries.add(subleaf(0xd, 9, 8, 0xa80, 0, 0));
        entries.add(subleaf(0xd, 11, 0x10, 0, 1, 0));
        entries.add(subleaf(0xd, 17, 0x40, 0xac0, 2, 0));
        entries.add(subleaf(0xd, 18, 0x2000, 0xb00, 6, 0));
        entries.add(subleaf(0x14, 0, 1, ALL, ALL, 0));
        entries.add(leaf(0x20, 1, 0, 0, 0));
        entries.add(leaf(0x4000_0000, 0x4000_0001, 0x4b4d_564b, 0x564b_4d56, 0x4d));
        entries.add(leaf(0x4000_0001, ALL, 0, 0, ALL));
        entries.add(leaf(0x8000_0000, 0x8000_0021, 0, 0, 0));
        entries.add(leaf(0x8000_0001, 0, 0, ALL, ALL));
        for (int i = 2; i <= 4; i++) {
            entries.add(leaf(0x8000_0000 + i, ALL, ALL, ALL, ALL));
        }
        entries.add(leaf(0x8000_0008, 0x3934, ALL, 0, 0));
        entries.add(leaf(0x8000_000a, 1, 8, 0, ALL));
        entries.add(leaf(0x8000_0021, ALL, 0, 0, 0));
        return new CpuId(entries);
    }

    private static CpuId of(String text) {
        return QemuCpu.parse(text).of(everything(INTEL));
    }

    private static int word(CpuId cpuId, String name) {
        return CpuIdWord.parse(name).in(cpuId);
    }

    private static void assertHex(int expected, int actual) {
        assertEquals(Integer.toHexString(expected), Integer.toHexString(actual));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"max", "host", "max,migratable=no", "max,,", "host,host-phys-bits,-hv-time"})
    void allThatIsOffered(String text) {
        assertEquals(everything(INTEL), of(text));
    }

    @Test
    void aModelHasItsFeaturesAlone() {
        CpuId qemu64 = of("qemu64");
        assertHex(QEMU64_ECX, word(qemu64, "1.0.ecx"));
        assertHex(0x178b_fbfd, word(qemu64, "1.0.edx"));
        assertHex(0x0006_0fb1, word(qemu64, "1.0.eax"));
        assertHex(0, word(qemu64, "7.0.ebx"));
        assertHex(0x2010_0800, word(qemu64, "80000001.0.edx"));
        assertHex(0x0100_007b, word(qemu64, "40000001.0.eax"));
        assertEquals("QEMU Virtual CPU version 2.5+", title(qemu64));
        assertHex(0x3028, word(qemu64, "80000008.0.eax") & 0xffff);
    }

    /** As with QEMU on KVM: SYSENTER and SYSCALL differ, and the hardware is the host's. */
    @Test
    void theVendorIsTheHosts() {
        assertHex(INTEL[0], word(of("Opteron_G1"), "0.0.ebx"));
        CpuId amd = of("Opteron_G1,vendor=AuthenticAMD");
        for (String leaf : List.of("0", "80000000")) {
            assertHex(AMD[0], word(amd, leaf + ".0.ebx"));
            assertHex(AMD[1], word(amd, leaf + ".0.ecx"));
            assertHex(AMD[2], word(amd, leaf + ".0.edx"));
        }
    }

    @Test
    void amdsProcessorsTellTwice() {
        CpuId amd = QemuCpu.parse("qemu64,-apic").of(everything(AMD));
        assertHex(0x0183_f1ff & 0x078b_fbfd | 0x2010_0800, word(amd, "80000001.0.edx"));
        assertHex(0x0006_0fb1, word(amd, "80000001.0.eax"));
    }

    @Test
    void featuresComeAndGo() {
        CpuId cpuId = of("qemu64,+smap,-x2apic,+tsc_deadline,sse4_1=on,cx16=off");
        assertHex(0x8108_0001, word(cpuId, "1.0.ecx"));
        assertHex(1 << 20, word(cpuId, "7.0.ebx"));
        assertHex(ALL & ~(1 << 5 | 1 << 21), word(of("max,-vmx,-x2apic"), "1.0.ecx"));
        assertHex(ALL & ~(1 << 26), word(of("max,-lam"), "7.1.eax"));
        assertHex(ALL & ~(1 | 1 << 3), word(of("max,-kvmclock"), "40000001.0.eax"));
    }

    /** As with QEMU. */
    @Test
    void aMinusCountsMoreThanAPlusAndAPlusMoreThanAValue() {
        assertHex(QEMU64_ECX & ~1, word(of("qemu64,-pni,+pni"), "1.0.ecx"));
        assertHex(QEMU64_ECX, word(of("qemu64,+pni,pni=off"), "1.0.ecx"));
    }

    @Test
    void whatIsNotOfferedIsNotThere() {
        CpuId poor = everything(INTEL).with(leaf(1, 0x000c_06f2, 0, QEMU64_ECX & ~1, ALL));
        assertHex(QEMU64_ECX & ~1, word(QemuCpu.parse("qemu64,+avx").of(poor), "1.0.ecx"));
    }

    @Test
    void leavesEndWhereTheModelsDo() {
        CpuId old = of("Opteron_G1");
        assertHex(5, word(old, "0.0.eax"));
        assertTrue(old.find(7, 0).isEmpty());
        assertTrue(old.find(0x8000_0021, 0).isEmpty());
        CpuId newer = of("Opteron_G1,+smap");
        assertHex(7, word(newer, "0.0.eax"));
        assertHex(1 << 20, word(newer, "7.0.ebx"));
        assertHex(0, word(newer, "7.0.eax"));
        assertTrue(newer.find(7, 1).isEmpty());
        assertHex(0xd, word(of("Opteron_G1,+xsave"), "0.0.eax"));
        assertHex(6, word(of("max,level=6"), "0.0.eax"));
        assertTrue(of("max,level=6").find(7, 0).isEmpty());
        assertTrue(of("max,xlevel=0x80000004").find(0x8000_0008, 0).isEmpty());
        assertTrue(of("486").find(0x8000_0000, 0).isEmpty());
    }

    @Test
    void leavesOfFeaturesGoWithThem() {
        assertTrue(of("max,-intel-pt").find(0x14, 0).isEmpty());
        assertTrue(of("max,-svm").find(0x8000_000a, 0).isEmpty());
        assertTrue(of("max,pmu=off").find(0xa, 0).isEmpty());
        assertTrue(of("IvyBridge").find(0xa, 0).isEmpty());
        assertTrue(of("IvyBridge,pmu=on").find(0xa, 0).isPresent());
        assertTrue(of("max,kvm=off").find(0x4000_0001, 0).isEmpty());
    }

    @Test
    void theStateThatIsSavedIsThatOfTheFeatures() {
        CpuId cpuId = of("max,-avx512f,-pku,-amx-tile");
        assertHex(0b111, word(cpuId, "d.0.eax"));
        assertHex(0x340, word(cpuId, "d.0.ecx"));
        assertHex(0x1800, word(cpuId, "d.1.ecx"));
        assertTrue(cpuId.find(0xd, 2).isPresent());
        assertTrue(cpuId.find(0xd, 9).isEmpty());
        assertHex(0x1800, word(of("max,-shstk"), "d.1.ecx"));
        assertHex(0, word(of("max,-shstk,-ibt"), "d.1.ecx"));
        assertTrue(of("max,-xsave").find(0xd, 0).isEmpty());
    }

    @Test
    void sizesOfAddresses() {
        String word = "80000008.0.eax";
        assertHex(0x3024, word(of("IvyBridge,phys-bits=36,host-phys-bits=off"), word));
        assertHex(0x3034, word(of("IvyBridge,host-phys-bits"), word));
        assertHex(0x3928, word(of("IvyBridge,+la57"), word));
    }

    @Test
    void namesAndNumbers() {
        CpuId cpuId = of("max,family=25,model=0x61,stepping=2,model-id=Some processor");
        assertHex(0x00a6_0f12, word(cpuId, "1.0.eax"));
        assertEquals("Some processor", title(cpuId));
        assertHex(0x000c_06f3, word(of("max,stepping=3"), "1.0.eax"));
    }

    private static String title(CpuId cpuId) {
        ByteBuffer text = ByteBuffer.allocate(48).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 2; i <= 4; i++) {
            CpuIdEntry entry = cpuId.find(0x8000_0000 + i, 0).orElseThrow();
            text.putInt(entry.eax()).putInt(entry.ebx()).putInt(entry.ecx()).putInt(entry.edx());
        }
        return new String(text.array(), StandardCharsets.US_ASCII).replaceAll("\0+$", "");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Foo                  | there is no processor 'Foo'",
                "''                   | there is no processor ''",
                ",                    | there is no processor ''",
                ",max                 | there is no processor ''",
                "qemu64,+foo          | there is no feature 'foo'",
                "qemu64,foo=on        | there is no feature 'foo'",
                "qemu64,+             | there is no feature ''",
                "max,smap=perhaps     | smap=perhaps is neither on nor off",
                "max,vendor=Intel     | vendor=Intel has not 12 characters",
                "max,family=many      | family=many is no number of 32 bits",
                "max,family=300       | there is no family 300",
                "max,stepping=16      | there is no stepping 16",
                "max,phys-bits=64     | phys-bits are 32 to 52, not 64",
                "max,hv_stimer,hv_time,hv_vpindex | hv-stimer needs hv-synic",
                "max,hv_synic         | hv-synic needs hv-vpindex",
                "max,hv-spinlocks=x   | hv-spinlocks=x is no number of 32 bits",
                "max,hv-version-id-minor=65536 | hv-version-id-minor=65536 is no number of 16 bits",
                "max,hv-time=maybe    | hv-time=maybe is neither on nor off",
                "max,hv-nothing       | there is no feature 'hv-nothing'",
            })
    void whatCannotBe(String text, String reason) {
        IllegalArgumentException refusal =
                assertThrows(IllegalArgumentException.class, () -> QemuCpu.parse(text));
        assertTrue(
                refusal.getMessage().startsWith("processor " + text + ": " + reason),
                refusal.getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"host,hv_evmcs", "max,tsc-frequency=2000000000", "max,+vmx-vmfunc-x"})
    void whatQemuHasAlone(String text) {
        assertThrows(UnsupportedOperationException.class, () -> QemuCpu.parse(text));
    }

    /** Every line of the lists can be read, and no model has what has no name. */
    @Test
    void allModelsAreProcessors() {
        for (String line : Lines.of("models.txt")) {
            for (String name : line.substring(0, line.indexOf(" |")).split(" ")) {
                CpuModel model = CpuModel.find(name).orElseThrow();
                CpuId cpuId = of(name);
                model.words()
                        .forEach(
                                (word, bits) ->
                                        assertEquals(
                                                bits,
                                                word.in(cpuId) & bits,
                                                () -> name + " " + word));
            }
        }
    }
}
