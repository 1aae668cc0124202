package kvm4j.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

import java.util.List;

class PortBusTest {

    private final PortBus bus = new PortBus();
    private final RecordingDevice low = new RecordingDevice(0x1111_1111_1111_1111L);
    private final RecordingDevice high = new RecordingDevice(0x2222_2222_2222_2222L);

    @Test
    void anAccessReachesItsDeviceWholeWithItsOffset() {
        bus.attach(0x3f8, 8, low);
        bus.write(0x3f8, 1, 0xab);
        bus.write(0x3fc, 4, 0xffff_ffff_8765_4321L);
        assertEquals(0x1111, bus.read(0x3fe, 2));
        assertEquals(List.of("write 0 1 ab", "write 4 4 87654321", "read 6 2"), low.accesses);
    }

    @Test
    void anAccessAcrossDevicesIsMadeByteByByte() {
        bus.attach(0x100, 2, low);
        bus.attach(0x103, 1, high);
        assertEquals(0x22ff_1111L, bus.read(0x100, 4));
        bus.write(0x101, 4, 0x4433_2211);
        assertEquals(List.of("read 0 1", "read 1 1", "write 1 1 11"), low.accesses);
        assertEquals(List.of("read 0 1", "write 0 1 33"), high.accesses);
    }

    @Test
    void anAccessThatBeginsWhereNoDeviceIsStillReachesTheNext() {
        bus.attach(0x101, 1, low);
        assertEquals(0x11ff, bus.read(0x100, 2));
    }

    @Test
    void whereNoDeviceIsReadsGiveAllOnes() {
        bus.write(0x1234, 4, 0);
        assertEquals(0xff, bus.read(0, 1));
        assertEquals(0xffff, bus.read(0x80, 2));
        assertEquals(0xffff_ffffL, bus.read(0xcfc, 4));
    }

    @Test
    void nothingIsBehindTheLastPort() {
        bus.attach(0xffff, 1, low);
        bus.attach(0, 1, high);
        assertEquals(0xffff_ff11L, bus.read(0xffff, 4));
        bus.write(0xffff, 4, 0x4433_2211);
        assertEquals(List.of("read 0 1", "write 0 1 11"), low.accesses);
        assertEquals(List.of(), high.accesses);
    }

    @Test
    void aPortHasOneDevice() {
        bus.attach(0xff, 2, low);
        assertThrows(IllegalArgumentException.class, () -> bus.attach(0xf0, 0x10, high));
        assertThrows(IllegalArgumentException.class, () -> bus.attach(0x100, 1, high));
        assertEquals(0xff, bus.read(0xf0, 1), "a refused device is not attached in part");
    }

    @Test
    void portsEndAt64K() {
        assertThrows(IllegalArgumentException.class, () -> bus.attach(-1, 1, low));
        assertThrows(IllegalArgumentException.class, () -> bus.attach(0, 0, low));
        assertThrows(IllegalArgumentException.class, () -> bus.attach(0xffff, 2, low));
        assertThrows(
                IllegalArgumentException.class, () -> bus.attach(0xffff, Integer.MAX_VALUE, low));
    }
}
