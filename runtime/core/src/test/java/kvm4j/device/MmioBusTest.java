package kvm4j.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;

class MmioBusTest {

    private static final long BASE = 0xfe00_0000L;

    private final MmioBus bus = new MmioBus();
    private final RecordingDevice low = new RecordingDevice(0x1111_1111_1111_1111L);
    private final RecordingDevice high = new RecordingDevice(0x2222_2222_2222_2222L);

    @Test
    void anAccessReachesItsDeviceWholeWithItsOffset() {
        bus.attach(BASE, 0x1000, low);
        bus.write(BASE + 0xff8, 8, -1);
        bus.write(BASE, 3, 0x8765_4321L);
        assertEquals(0x1111_1111L, bus.read(BASE + 4, 4));
        assertEquals(
                List.of("write ff8 8 ffffffffffffffff", "write 0 3 654321", "read 4 4"),
                low.accesses);
    }

    @Test
    void anAccessAcrossDevicesIsMadeByteByByte() {
        bus.attach(BASE, 2, low);
        bus.attach(BASE + 3, 1, high);
        assertEquals(0xffff_ffff_22ff_1111L, bus.read(BASE, 8));
        bus.write(BASE + 1, 4, 0x4433_2211);
        assertEquals(List.of("read 0 1", "read 1 1", "write 1 1 11"), low.accesses);
        assertEquals(List.of("read 0 1", "write 0 1 33"), high.accesses);
    }

    @Test
    void whereNoDeviceIsReadsGiveAllOnes() {
        assertEquals(0xffL, bus.read(BASE, 1));
        assertEquals(-1, bus.read(BASE, 8));
        assertEquals(-1, bus.read(Long.MAX_VALUE, 8));
        assertEquals(-1, bus.read(-1, 8));
        bus.write(Long.MIN_VALUE, 8, 0);
    }

    @Test
    void anAddressHasOneDevice() {
        bus.attach(BASE, 0x1000, low);
        bus.attach(BASE + 0x1000, 0x1000, high);
        bus.attach(BASE - 0x1000, 0x1000, high);
        for (long gpa : new long[] {BASE - 1, BASE, BASE + 0xfff, BASE + 0x1000, BASE - 0x1001}) {
            assertThrows(IllegalArgumentException.class, () -> bus.attach(gpa, 2, low));
        }
    }

    @Test
    void aRangeHasAPlace() {
        assertThrows(IllegalArgumentException.class, () -> bus.attach(-1, 1, low));
        assertThrows(IllegalArgumentException.class, () -> bus.attach(0, 0, low));
        assertThrows(IllegalArgumentException.class, () -> bus.attach(1, Long.MAX_VALUE, low));
    }

    /** Against a tree: devices attached in any order, accesses anywhere. */
    @Test
    void findsTheDeviceOfAnyAddress() {
        Random random = new Random(3);
        for (int round = 0; round < 50; round++) {
            MmioBus any = new MmioBus();
            List<Integer> slots = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                slots.add(i);
            }
            Collections.shuffle(slots, random);
            TreeMap<Long, Long> ends = new TreeMap<>();
            for (int slot : slots.subList(0, random.nextInt(40))) {
                long start = slot * 16L + random.nextInt(8);
                long size = 1 + random.nextInt(8);
                any.attach(start, size, new RecordingDevice(start & 0xff));
                ends.put(start, start + size);
            }
            for (int i = 0; i < 1000; i++) {
                long gpa = random.nextInt(40 * 16);
                var entry = ends.floorEntry(gpa);
                boolean claimed = entry != null && gpa < entry.getValue();
                assertEquals(claimed ? entry.getKey() & 0xff : 0xff, any.read(gpa, 1));
            }
        }
    }
}
