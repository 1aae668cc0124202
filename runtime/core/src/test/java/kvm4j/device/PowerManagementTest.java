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
    private static final int CLOCK = 0x400;
    private static final int WAKE = 0x8000;
    private static final int SLEEP = 0x2000;
    private static final int SUSPEND = PowerManagement.SLEEP_TYPE_SUSPEND << 10;
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

    /** S3 among them, in a machine that has none. */
    @ParameterizedTest
    @ValueSource(ints = {0x2400, 0x2c00, 0x3000, 0x3800, 0x1400, 0})
    void otherSleepTypesDoNothing(int value) {
        bus.write(CONTROL, 2, value);
        assertEquals(0, powerOffs);
    }

    /** A machine that sleeps, and what becomes of it. */
    private final class Sleeper implements PowerManagement.Sleep {

        private final PowerManagement power =
                new PowerManagement(high -> level = high, this, () -> powerOffs++);
        private int sleeps;
        private int wakes;

        @Override
        public boolean fallAsleep() {
            sleeps++;
            return true;
        }

        @Override
        public void wake() {
            wakes++;
        }

        void write(int port, int value) {
            power.write(port - PowerManagement.PORT, 2, value);
        }

        int status() {
            return (int) power.read(0, 2) & 0xffff;
        }
    }

    @Test
    void sleepsInS3UntilTheClockWakesIt() {
        Sleeper sleeper = new Sleeper();
        sleeper.write(ENABLE, CLOCK);
        sleeper.write(CONTROL, SUSPEND);
        assertEquals(0, sleeper.sleeps);
        sleeper.write(CONTROL, SUSPEND | SLEEP);
        assertEquals(1, sleeper.sleeps);
        assertEquals(0, sleeper.wakes);
        sleeper.power.clockInterrupts();
        sleeper.power.clockInterrupts();
        assertEquals(1, sleeper.wakes);
        assertEquals(CLOCK | WAKE, sleeper.status() & (CLOCK | WAKE));
        assertTrue(level);
        sleeper.write(STATUS, CLOCK | WAKE);
        assertEquals(0, sleeper.status() & (CLOCK | WAKE));
        assertFalse(level);
        assertEquals(0, powerOffs);
    }

    @Test
    void whatIsNotEnabledDoesNotWakeIt() {
        Sleeper sleeper = new Sleeper();
        sleeper.write(ENABLE, POWER_BUTTON);
        sleeper.write(CONTROL, SUSPEND | SLEEP);
        sleeper.power.clockInterrupts();
        assertEquals(0, sleeper.wakes);
        assertEquals(CLOCK, sleeper.status() & (CLOCK | WAKE));
        sleeper.power.pressPowerButton();
        assertEquals(1, sleeper.wakes);
        assertEquals(POWER_BUTTON | WAKE, sleeper.status() & (POWER_BUTTON | WAKE));
    }

    @Test
    void anEventThatIsThereAlreadyWakesItAtOnce() {
        Sleeper sleeper = new Sleeper();
        sleeper.power.clockInterrupts();
        sleeper.write(ENABLE, CLOCK);
        sleeper.write(CONTROL, SUSPEND | SLEEP);
        assertEquals(1, sleeper.sleeps);
        assertEquals(1, sleeper.wakes);
    }

    @Test
    void anEventWhileItIsAwakeOnlyInterrupts() {
        Sleeper sleeper = new Sleeper();
        sleeper.write(ENABLE, CLOCK);
        sleeper.power.clockInterrupts();
        assertTrue(level);
        assertEquals(0, sleeper.wakes);
        assertEquals(0, sleeper.status() & WAKE);
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
