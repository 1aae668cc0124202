package kvm4j.device;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;

class RealTimeClockTest {

    private static final long MIB = 1 << 20;
    private static final long GIB = 1 << 30;

    private static PortBus at(String instant, long below4G, long above4G, int processors) {
        PortBus bus = new PortBus();
        Clock clock = Clock.fixed(Instant.parse(instant), ZoneOffset.UTC);
        bus.attach(
                RealTimeClock.PORT,
                RealTimeClock.PORTS,
                new RealTimeClock(clock, new CmosInventory(below4G, above4G, processors)));
        return bus;
    }

    private static PortBus at(String instant) {
        return at(instant, 64 * MIB, 0, 1);
    }

    private static int get(PortBus bus, int register) {
        bus.write(0x70, 1, register);
        return (int) bus.read(0x71, 1);
    }

    private static void put(PortBus bus, int register, int value) {
        bus.write(0x70, 1, register);
        bus.write(0x71, 1, value);
    }

    private static int get16(PortBus bus, int register) {
        return get(bus, register) | get(bus, register + 1) << 8;
    }

    @Test
    void tellsTheTimeInDecimalDigits() {
        PortBus bus = at("2026-11-22T23:59:58.5Z");
        assertEquals(0x58, get(bus, 0x00));
        assertEquals(0x59, get(bus, 0x02));
        assertEquals(0x23, get(bus, 0x04));
        assertEquals(0x01, get(bus, 0x06), "a Sunday");
        assertEquals(0x22, get(bus, 0x07));
        assertEquals(0x11, get(bus, 0x08));
        assertEquals(0x26, get(bus, 0x09));
        assertEquals(0x20, get(bus, 0x32));
    }

    @Test
    void theLastYearIsFollowedByTheFirst() {
        ManualClock clock = new ManualClock("2026-11-22T23:59:59.5Z");
        PortBus bus = new PortBus();
        RealTimeClock device = new RealTimeClock(clock, new CmosInventory(64 * MIB, 0, 1));
        bus.attach(RealTimeClock.PORT, RealTimeClock.PORTS, device);
        put(bus, 0x32, 0x99);
        put(bus, 0x09, 0x99);
        put(bus, 0x08, 0x12);
        put(bus, 0x07, 0x31);
        assertEquals(0x99, get(bus, 0x32));
        clock.advance(Duration.ofSeconds(1));
        assertEquals(0x00, get(bus, 0x32));
        assertEquals(0x00, get(bus, 0x09));
        assertEquals(0x01, get(bus, 0x08));
        put(bus, 0x00, 0x30);
        assertEquals(0x30, get(bus, 0x00), "it can be set on");
        assertDoesNotThrow(device::save);
    }

    @Test
    void tellsTheTimeInBinaryAndOnADial() {
        PortBus bus = at("1999-12-31T12:34:56.5Z");
        put(bus, 0x0b, 0x04);
        assertEquals(56, get(bus, 0x00));
        assertEquals(99, get(bus, 0x09));
        assertEquals(19, get(bus, 0x32));
        assertEquals(0x80 | 12, get(bus, 0x04));
        put(bus, 0x0b, 0x00);
        assertEquals(0x92, get(bus, 0x04));
        PortBus midnight = at("2026-01-01T00:00:00.5Z");
        put(midnight, 0x0b, 0x00);
        assertEquals(0x12, get(midnight, 0x04));
    }

    @Test
    void showsTheUpdateCycle() {
        assertEquals(0x26, get(at("2026-01-01T00:00:00.5Z"), 0x0a));
        assertEquals(0xa6, get(at("2026-01-01T00:00:00.9999Z"), 0x0a));
        assertEquals(0xa6, get(at("2026-01-01T00:00:00.001Z"), 0x0a));
    }

    @Test
    void saysHowMuchMemoryThereIs() {
        PortBus small = at("2026-01-01T00:00:00Z", 512 << 10, 0, 1);
        assertEquals(512, get16(small, 0x15));
        assertEquals(0, get16(small, 0x17));
        PortBus middle = at("2026-01-01T00:00:00Z", 32 * MIB, 0, 1);
        assertEquals(640, get16(middle, 0x15));
        assertEquals(31 << 10, get16(middle, 0x17));
        assertEquals(31 << 10, get16(middle, 0x30));
        assertEquals(16 * MIB / 0x1_0000, get16(middle, 0x34));
        PortBus large = at("2026-01-01T00:00:00Z", 3 * GIB, 5 * GIB, 64);
        assertEquals(0xffff, get16(large, 0x17));
        assertEquals((3 * GIB - 16 * MIB) / 0x1_0000, get16(large, 0x34));
        assertEquals(5 * GIB / 0x1_0000, get16(large, 0x5b) | (long) get(large, 0x5d) << 16);
        assertEquals(63, get(large, 0x5f));
    }

    @Test
    void statusCannotBeWrittenNorWhatIsNoTimeButMemoryCan() {
        PortBus bus = at("2026-11-22T23:59:58.5Z");
        for (int register = 0; register < 0x80; register++) {
            put(bus, register, 0x5a);
        }
        assertEquals(0x23, get(bus, 0x04));
        assertEquals(0x5a, get(bus, 0x0f));
        assertEquals(0x00, get(bus, 0x0c));
        assertEquals(0x80, get(bus, 0x0d));
    }

    @Test
    void theBitThatMasksNmisIsNoPartOfTheIndex() {
        PortBus bus = at("2026-11-22T23:59:58.5Z");
        put(bus, 0x0f, 0x12);
        assertEquals(0x12, get(bus, 0x8f));
        assertEquals(0xff, bus.read(0x70, 1));
    }

    @Test
    void survivesAHostileGuest() {
        HostileGuest.attack(
                new RealTimeClock(Clock.systemUTC(), new CmosInventory(GIB, 0, 4)),
                RealTimeClock.PORTS,
                1);
    }
}
