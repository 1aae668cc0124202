package kvm4j.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PowerManagementTest {

    private static final int STATUS = PowerManagement.PORT;
    private static final int ENABLE = STATUS + 2;
    private static final int CONTROL = STATUS + PowerManagement.CONTROL;
    private static final int TIMER = STATUS + PowerManagement.TIMER;
    private static final int POWER_BUTTON = 0x100;
    private static final int SLEEP = 0x2000;
    private static final int OFF = PowerManagement.SLEEP_TYPE_OFF << 10;

    private boolean level;
    private int powerOffs;
    private final PortBus bus = new PortBus();
    private final PowerManagement device =
            new PowerManagement(high -> level = high, () -> powerOffs++);

    @BeforeEach
    void attach() {
        bus.attach(PowerManagement.PORT, PowerManagement.PORTS, device);
    }

    @Test
    void turnsOffWhenTheGuestSleepsInS5() {
        bus.write(CONTROL, 2, OFF);
        assertEquals(0, powerOffs);
        bus.write(CONTROL, 2, OFF | SLEEP);
        assertEquals(1, powerOffs);
        bus.write(CONTROL + 1, 1, (OFF | SLEEP) >> 8);
        assertEquals(2, powerOffs);
        bus.write(CONTROL, 1, 0xff);
        assertEquals(2, powerOffs);
    }

    /** Of QEMU (S5 and S4), VirtualBox and real PCs. */
    @ParameterizedTest
    @ValueSource(ints = {0x2000, 0x2001, 0x2800, 0x3400, 0x3c00})
    void turnsOffForKernelsMadeForOtherMachines(int value) {
        bus.write(CONTROL, 2, value);
        assertEquals(1, powerOffs);
        bus.write(CONTROL, 4, value);
        assertEquals(2, powerOffs);
    }

    @ParameterizedTest
    @ValueSource(ints = {0x2400, 0x2c00, 0x3000, 0x3800, 0x1400, 0})
    void otherSleepTypesDoNothing(int value) {
        bus.write(CONTROL, 2, value);
        assertEquals(0, powerOffs);
    }

    @Test
    void turnsOffAsCloudHypervisorDoes() {
        bus.write(STATUS, 2, 0xc731);
        assertEquals(0, powerOffs, "an operating system clears its events");
        bus.write(STATUS, 1, 0x34);
        assertEquals(1, powerOffs);
    }

    @Test
    void isInAcpiModeForGood() {
        assertEquals(1, bus.read(CONTROL, 2));
        bus.write(CONTROL, 2, 0);
        assertEquals(1, bus.read(CONTROL, 2));
        bus.write(CONTROL, 2, OFF);
        assertEquals(OFF | 1, bus.read(CONTROL, 2));
    }

    @Test
    void thePowerButtonInterruptsUntilItIsCleared() {
        device.pressPowerButton();
        assertFalse(level);
        assertEquals(POWER_BUTTON, bus.read(STATUS, 2));
        bus.write(ENABLE, 2, POWER_BUTTON);
        assertEquals(POWER_BUTTON, bus.read(ENABLE, 2));
        assertTrue(level);
        bus.write(STATUS, 2, 0xfeff);
        assertTrue(level);
        bus.write(STATUS + 1, 1, 0x01);
        assertFalse(level);
        assertEquals(0, bus.read(STATUS, 2));
    }

    @Test
    void theTimerCountsAsAcpiSays() {
        long before = System.nanoTime();
        long first = bus.read(TIMER, 4);
        long between = System.nanoTime();
        while (System.nanoTime() - between < 20_000_000) {
            Thread.onSpinWait();
        }
        long start = System.nanoTime();
        long second = bus.read(TIMER, 4);
        long end = System.nanoTime();
        double ticksPerNano = 3_579_545e-9;
        long ticks = second - first;
        assertTrue(ticks + 1 >= (start - between) * ticksPerNano, () -> ticks + " are too few");
        assertTrue(ticks - 1 <= (end - before) * ticksPerNano, () -> ticks + " are too many");
    }

    @Test
    void theTimerCanBeReadInParts() {
        long whole = bus.read(TIMER, 4);
        long high = bus.read(TIMER + 2, 2);
        assertTrue(high - (whole >>> 16) <= 1);
    }

    @Test
    void survivesAHostileGuest() {
        HostileGuest.attack(device, PowerManagement.PORTS, 1);
        assertTrue(powerOffs > 0);
    }
}
