package kvm4j.device;

import static kvm4j.device.PanicDevice.Event.CRASH_KERNEL_STARTS;
import static kvm4j.device.PanicDevice.Event.PANICKED;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

class PanicDeviceTest {

    private final List<PanicDevice.Event> events = new ArrayList<>();
    private final PanicDevice device = new PanicDevice(events::add);

    @Test
    void reportsWhatItSaysItUnderstands() {
        assertEquals(0b11, device.readByte(0));
        device.writeByte(0, 0b01);
        device.writeByte(0, 0b10);
        device.writeByte(0, 0b11);
        assertEquals(List.of(PANICKED, CRASH_KERNEL_STARTS, PANICKED, CRASH_KERNEL_STARTS), events);
    }

    @Test
    void ignoresEventsThatItDoesNotKnow() {
        device.writeByte(0, 0xfc);
        assertEquals(List.of(), events);
    }

    @Test
    void survivesAHostileGuest() {
        Set<PanicDevice.Event> seen = EnumSet.noneOf(PanicDevice.Event.class);
        HostileGuest.attack(new PanicDevice(seen::add), 1, 1);
        assertEquals(EnumSet.allOf(PanicDevice.Event.class), seen);
    }
}
