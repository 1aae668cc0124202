package kvm4j.boot;

import static kvm4j.boot.MemoryMap.Type.RESERVED;
import static kvm4j.boot.MemoryMap.Type.USABLE;

import static org.junit.jupiter.api.Assertions.assertEquals;

import kvm4j.boot.MemoryMap.Range;
import kvm4j.memory.GuestMemory;

import org.junit.jupiter.api.Test;

import java.util.List;

class MemoryMapTest {

    private static final long MIB = 1 << 20;
    private static final long GIB = 1 << 30;

    @Test
    void aPcHasTwoGapsAndTheBiosInItsRam() {
        GuestMemory.Builder layout = GuestMemory.builder().ram(4 * GIB);
        layout.rom(4 * GIB - 0x2_0000, 0x2_0000);
        try (GuestMemory memory = layout.build()) {
            assertEquals(
                    List.of(
                            new Range(0, 0x9_fc00, USABLE),
                            new Range(0x9_fc00, MIB - 0x9_fc00, RESERVED),
                            new Range(MIB, 3 * GIB - MIB, USABLE),
                            new Range(4 * GIB - 0x2_0000, 0x2_0000, RESERVED),
                            new Range(4 * GIB, GIB, USABLE)),
                    MemoryMap.of(memory).ranges());
            assertEquals(
                    List.of(
                            new Range(0, 3 * GIB, USABLE),
                            new Range(4 * GIB - 0x2_0000, 0x2_0000, RESERVED),
                            new Range(4 * GIB, GIB, USABLE)),
                    MemoryMap.forFirmware(memory).ranges(),
                    "firmware makes the gaps itself");
        }
    }

    @Test
    void littleMemoryHasNoGap() {
        try (GuestMemory memory = GuestMemory.ofSize(0x1000)) {
            MemoryMap map = MemoryMap.of(memory);
            assertEquals(List.of(new Range(0, 0x1000, USABLE)), map.ranges());
            assertEquals(MemoryMap.ENTRY_SIZE, map.toBytes().length);
            assertEquals(0x10, map.toBytes()[9]);
            assertEquals(1, map.toBytes()[16]);
            assertEquals(0x1000, map.usableEnd(0));
            assertEquals(MIB, map.usableEnd(MIB));
        }
    }
}
