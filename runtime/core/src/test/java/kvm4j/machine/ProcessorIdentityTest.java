package kvm4j.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.x86.CpuId;
import kvm4j.x86.CpuIdEntry;

import org.junit.jupiter.api.Test;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** What is filled in where KVM leaves CPUID empty. */
class ProcessorIdentityTest {

    private static final CpuIdEntry AMD = leaf(0, 0x10, 0x6874_7541, 0x444d_4163, 0x6974_6e65);
    private static final CpuIdEntry INTEL = leaf(0, 0x16, 0x756e_6547, 0x6c65_746e, 0x4965_6e69);
    private static final CpuIdEntry EPYC = leaf(1, 0x00a0_0f11, 0, 0x0120_2000, 0);
    private static final CpuIdEntry HASWELL = leaf(1, 0x0003_06c3, 0, 0x0120_2000, 0);

    private static CpuIdEntry leaf(int function, int eax, int ebx, int ecx, int edx) {
        return new CpuIdEntry(function, 0, false, eax, ebx, ecx, edx);
    }

    private static CpuId complete(CpuIdEntry... entries) {
        return ProcessorCaches.complete(ProcessorIdentity.complete(new CpuId(List.of(entries))));
    }

    private static CpuIdEntry find(CpuId cpuId, int function, int index) {
        return cpuId.find(function, index).orElseThrow();
    }

    private static String brand(CpuId cpuId) {
        ByteBuffer text = ByteBuffer.allocate(48).order(ByteOrder.LITTLE_ENDIAN);
        for (int leaf = 0x8000_0002; leaf <= 0x8000_0004; leaf++) {
            CpuIdEntry entry = find(cpuId, leaf, 0);
            text.putInt(entry.eax()).putInt(entry.ebx()).putInt(entry.ecx()).putInt(entry.edx());
        }
        return new String(text.array(), StandardCharsets.US_ASCII).replaceAll("\0+$", "");
    }

    @Test
    void aGuestKnowsThatThereIsAHypervisor() {
        assertEquals(0x8120_2000, find(complete(AMD, EPYC), 1, 0).ecx());
    }

    @Test
    void aProcessorWithoutANameGetsOne() {
        CpuId amd = complete(AMD, EPYC, leaf(0x8000_0000, 0x8000_0022, 0, 0, 0));
        assertEquals("AMD Family 19h Model 01h Processor", brand(amd));
        assertEquals(0x8000_0022, find(amd, 0x8000_0000, 0).eax());
        CpuId intel = complete(INTEL, HASWELL);
        assertEquals("Intel Family 06h Model 3Ch Processor", brand(intel));
        assertEquals(0x8000_0008, find(intel, 0x8000_0000, 0).eax());
    }

    @Test
    void aNameThatIsThereStays() {
        CpuIdEntry name = leaf(0x8000_0002, 0x2044_4d41, 0, 0, 0);
        CpuId cpuId = complete(AMD, EPYC, name);
        assertEquals(name, find(cpuId, 0x8000_0002, 0));
        assertTrue(cpuId.find(0x8000_0003, 0).isEmpty());
    }

    @Test
    void addressSizesThatAreThereStay() {
        CpuIdEntry sizes = leaf(0x8000_0008, 0x3030, 0x1000, 0x7001, 0);
        assertEquals(sizes, find(complete(AMD, EPYC, sizes), 0x8000_0008, 0));
        CpuIdEntry none = leaf(0x8000_0008, 0, 0x1000, 0x7001, 0);
        assertEquals(
                leaf(0x8000_0008, 0x3028, 0x1000, 0x7001, 0),
                find(complete(AMD, EPYC, none), 0x8000_0008, 0));
    }

    /** The values are those of a Zen 3, which has both. */
    @Test
    void theOlderLeavesOfAmdSayWhatTheNewerOneDoes() {
        CpuId cpuId =
                complete(
                        AMD,
                        EPYC,
                        leaf(0x8000_0005, 0xff40_ff40, 0xff40_ff40, 0, 0),
                        new CpuIdEntry(0x8000_001d, 0, true, 0x121, 0x1c0_003f, 0x3f, 0),
                        new CpuIdEntry(0x8000_001d, 1, true, 0x122, 0x1c0_003f, 0x3f, 0),
                        new CpuIdEntry(0x8000_001d, 2, true, 0x143, 0x1c0_003f, 0x3ff, 2),
                        new CpuIdEntry(0x8000_001d, 3, true, 0x163, 0x3c0_003f, 0x7fff, 1),
                        new CpuIdEntry(0x8000_001d, 4, true, 0, 0, 0, 0));
        assertEquals(
                leaf(0x8000_0005, 0xff40_ff40, 0xff40_ff40, 0x2008_0140, 0x2008_0140),
                find(cpuId, 0x8000_0005, 0));
        assertEquals(0x0200_6140, find(cpuId, 0x8000_0006, 0).ecx());
        assertEquals(0x0100_8140, find(cpuId, 0x8000_0006, 0).edx());
    }

    @Test
    void withoutTheNewerOneTheyAreThoseOfAUsualProcessor() {
        CpuId cpuId = complete(AMD, EPYC);
        assertEquals(0x2008_0140, find(cpuId, 0x8000_0005, 0).ecx());
        assertEquals(0x0200_6140, find(cpuId, 0x8000_0006, 0).ecx());
        assertEquals(0, find(cpuId, 0x8000_0006, 0).edx());
    }

    @Test
    void intelHasLeaf4AndLeaf2SaysSo() {
        CpuId cpuId = complete(INTEL, HASWELL);
        assertEquals(0xff01, find(cpuId, 2, 0).eax());
        assertEquals(new CpuIdEntry(4, 0, true, 0x121, 0x1c0_003f, 0x3f, 0), find(cpuId, 4, 0));
        assertEquals(0x143, find(cpuId, 4, 2).eax());
        assertEquals(0, find(cpuId, 4, 3).eax());
        CpuIdEntry l1 = new CpuIdEntry(4, 0, true, 0x121, 0x2c0_003f, 0x3f, 0);
        assertEquals(l1, find(complete(INTEL, HASWELL, l1), 4, 0));
        assertTrue(complete(INTEL, HASWELL, l1).find(4, 1).isEmpty());
    }
}
