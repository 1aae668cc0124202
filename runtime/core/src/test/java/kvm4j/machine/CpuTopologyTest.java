package kvm4j.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.x86.CpuId;
import kvm4j.x86.CpuIdEntry;

import org.junit.jupiter.api.Test;

import java.util.List;

/** What CPUID says of a processor's place. */
class CpuTopologyTest {

    private static final CpuIdEntry FEATURES =
            new CpuIdEntry(1, 0, false, 0x306c3, 0x0710_0800, 0x0120_0000, 0x1000_0200);
    private static final CpuIdEntry L1 = new CpuIdEntry(4, 0, true, 0x1c00_4121, 0, 0, 0);
    private static final CpuIdEntry L3 = new CpuIdEntry(4, 3, true, 0x1c03_c163, 0, 0, 0);
    private static final CpuIdEntry NO_CACHE = new CpuIdEntry(4, 4, true, 0, 0, 0, 0);
    private static final CpuIdEntry THREADS = new CpuIdEntry(0xb, 0, true, 1, 2, 0x100, 7);
    private static final CpuIdEntry CORES = new CpuIdEntry(0xb, 1, true, 4, 8, 0x201, 7);
    private static final CpuIdEntry DIES = new CpuIdEntry(0x1f, 0, true, 1, 2, 0x100, 7);
    private static final CpuIdEntry AMD_SIZES =
            new CpuIdEntry(0x8000_0008, 0, false, 0x3030, 0, 0x0000_700f, 0);
    private static final CpuId HOST =
            new CpuId(List.of(FEATURES, L1, L3, NO_CACHE, THREADS, CORES, DIES, AMD_SIZES));

    private static CpuIdEntry find(CpuId cpuId, int function, int index) {
        return cpuId.find(function, index).orElseThrow();
    }

    @Test
    void eachProcessorHasItsOwnIdentifier() {
        CpuTopology topology = new CpuTopology(6, true, true);
        for (int id = 0; id < 6; id++) {
            CpuId cpuId = topology.of(id, HOST);
            assertEquals(id << 24 | 6 << 16 | 0x0800, find(cpuId, 1, 0).ebx());
            assertEquals(id, find(cpuId, 0xb, 0).edx());
            assertEquals(id, find(cpuId, 0xb, 1).edx());
        }
    }

    @Test
    void coresShareThePackageAndItsLastCache() {
        CpuId cpuId = new CpuTopology(6, true, true).of(0, HOST);
        assertEquals(new CpuIdEntry(0xb, 0, true, 0, 1, 0x100, 0), find(cpuId, 0xb, 0));
        assertEquals(new CpuIdEntry(0xb, 1, true, 3, 6, 0x201, 0), find(cpuId, 0xb, 1));
        assertEquals(7 << 26 | 0x121, find(cpuId, 4, 0).eax());
        assertEquals(7 << 26 | 7 << 14 | 0x163, find(cpuId, 4, 3).eax());
        assertEquals(NO_CACHE, find(cpuId, 4, 4));
        assertEquals(3 << 12 | 5, find(cpuId, 0x8000_0008, 0).ecx());
        assertTrue(cpuId.find(0x1f, 0).isEmpty());
    }

    @Test
    void aSingleProcessorIsAlone() {
        CpuId cpuId = new CpuTopology(1, true, false).of(0, HOST);
        assertEquals(0x0200, find(cpuId, 1, 0).edx());
        assertEquals(0x0020_0000, find(cpuId, 1, 0).ecx());
        assertEquals(0, find(cpuId, 0xb, 1).eax());
    }

    @Test
    void withoutLocalApicsNothingOfThemIsPromised() {
        CpuId cpuId = new CpuTopology(1, false, true).of(0, HOST);
        assertEquals(0, find(cpuId, 1, 0).ecx());
        assertEquals(0, find(cpuId, 1, 0).edx());
    }

    @Test
    void withoutLocalApicsKvmPromisesWhatWorksWithout() {
        CpuIdEntry paravirtual = new CpuIdEntry(0x4000_0001, 0, false, 0x0100_7efb, 0, 0, 0);
        CpuIdEntry amd = new CpuIdEntry(0x8000_0001, 0, false, 0, 0, 0, 0x0000_0301);
        CpuId host = new CpuId(List.of(FEATURES, paravirtual, amd));
        CpuId without = new CpuTopology(1, false, true).of(0, host);
        assertEquals(0x0100_122b, find(without, 0x4000_0001, 0).eax());
        assertEquals(0x0000_0101, find(without, 0x8000_0001, 0).edx());
        CpuId with = new CpuTopology(1, true, true).of(0, host);
        assertEquals(paravirtual, find(with, 0x4000_0001, 0));
        assertEquals(0x0000_0301, find(with, 0x8000_0001, 0).edx());
    }

    @Test
    void asManyProcessorsAsThereCanBeFit() {
        CpuId cpuId = new CpuTopology(255, true, true).of(254, HOST);
        assertEquals(254 << 24 | 255 << 16 | 0x0800, find(cpuId, 1, 0).ebx());
        assertEquals(63 << 26 | 0x121, find(cpuId, 4, 0).eax());
    }
}
