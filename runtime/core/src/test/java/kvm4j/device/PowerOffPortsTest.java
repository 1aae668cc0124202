package kvm4j.device;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PowerOffPortsTest {

    private final PortBus bus = new PortBus();
    private int powerOffs;

    @BeforeEach
    void attach() {
        new PowerOffPorts(() -> powerOffs++).attachTo(bus);
    }

    private void say(String letters) {
        letters.chars().forEach(letter -> bus.write(0x8900, 1, letter));
    }

    @Test
    void theControlRegistersOfOtherMachinesTurnThisOneOff() {
        bus.write(0xb004, 2, 0x2000);
        assertEquals(1, powerOffs);
        bus.write(0x4004, 2, 0x3400);
        assertEquals(2, powerOffs);
    }

    @Test
    void theWidthOfTheWriteDoesNotMatter() {
        bus.write(0xb004, 4, 0x2000);
        assertEquals(1, powerOffs);
        bus.write(0x4005, 1, 0x34);
        assertEquals(2, powerOffs);
        bus.write(0x4006, 2, 0x2000);
        bus.write(0xb003, 2, 0x2000);
        assertEquals(2, powerOffs);
    }

    @Test
    void otherWritesDoNothing() {
        bus.write(0xb004, 2, 0x1c01);
        bus.write(0xb004, 1, 0x20);
        bus.write(0x4004, 2, 0);
        assertEquals(0, powerOffs);
        assertEquals(0xffff, bus.read(0xb004, 2));
        assertEquals(0xff, bus.read(0x8900, 1));
    }

    @Test
    void bochsWordTurnsItOff() {
        say("Shutdow");
        assertEquals(0, powerOffs);
        say("n");
        assertEquals(1, powerOffs);
        say("ShutShutdown");
        assertEquals(2, powerOffs);
        say("shutdown Shut down");
        assertEquals(2, powerOffs);
    }
}
