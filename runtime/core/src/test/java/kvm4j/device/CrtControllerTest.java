package kvm4j.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CrtControllerTest {

    private final PortBus bus = new PortBus();
    private final CrtController controller = new CrtController();

    @BeforeEach
    void attach() {
        controller.attachTo(bus);
    }

    private long get(int register) {
        bus.write(0x3d4, 1, register);
        return bus.read(0x3d5, 1);
    }

    @Test
    void theCursorIsAtTheTopAndStaysWhereItIsPut() {
        assertEquals(0, get(0x0e));
        assertEquals(0, get(0x0f));
        bus.write(0x3d4, 2, 0x120e);
        bus.write(0x3d4, 2, 0x340f);
        assertEquals(0x12, get(0x0e));
        assertEquals(0x34, get(0x0f));
        assertEquals(0x0f, bus.read(0x3d4, 1));
    }

    @Test
    void registersThatAreNoneHoldNothing() {
        bus.write(0x3d4, 2, 0x5519);
        assertEquals(0, get(0x19));
        assertEquals(0, get(0xff));
    }

    @Test
    void theBeamComesAndGoes() {
        long first = bus.read(0x3da, 1);
        assertNotEquals(first, bus.read(0x3da, 1));
        assertEquals(first, bus.read(0x3da, 1));
    }

    @Test
    void itBecomesWhatAnotherWas() {
        bus.write(0x3d4, 2, 0x120e);
        CrtController other = new CrtController();
        other.restore(controller.save(), GuestTime.STOPPED);
        assertEquals(controller.save(), other.save());
    }
}
