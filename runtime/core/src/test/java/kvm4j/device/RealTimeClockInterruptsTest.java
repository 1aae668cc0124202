package kvm4j.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.time.Duration;
import java.util.OptionalLong;

/** Register C and interrupt 8 of the real-time clock, and how its time is set. */
class RealTimeClockInterruptsTest {

    private static final int A = 0x0a;
    private static final int B = 0x0b;
    private static final int C = 0x0c;

    private static final int SET = 0x80;
    private static final int PERIODIC = 0x40;
    private static final int ALARM = 0x20;
    private static final int UPDATE = 0x10;
    private static final int HOURS_24 = 0x02;
    private static final int IRQ = 0x80;
    private static final int NO_RATE = 0x20;
    private static final int DIVIDER_RESET = 0x70;

    private final ManualClock clock = new ManualClock("2026-11-22T23:59:58.250Z");
    private final ManualTimers timers = new ManualTimers();
    private final PortBus bus = new PortBus();
    private boolean level;

    @BeforeEach
    void attach() {
        RealTimeClock device =
                new RealTimeClock(
                        clock, high -> level = high, timers, new CmosInventory(64 << 20, 0, 1));
        bus.attach(RealTimeClock.PORT, RealTimeClock.PORTS, device);
    }

    private int get(int register) {
        bus.write(0x70, 1, register);
        return (int) bus.read(0x71, 1);
    }

    private void put(int register, int value) {
        bus.write(0x70, 1, register);
        bus.write(0x71, 1, value);
    }

    private void advanceMillis(long millis) {
        clock.advance(Duration.ofMillis(millis));
    }

    @ParameterizedTest
    @CsvSource({"1, 256", "2, 128", "3, 8192", "6, 1024", "15, 2"})
    void thePeriodicInterruptComesAtItsRate(int rate, int hertz) {
        put(A, 0x20 | rate);
        put(B, HOURS_24 | PERIODIC);
        int interrupts = 0;
        Duration end = Duration.ofSeconds(1);
        for (Duration passed = Duration.ZERO; passed.compareTo(end) < 0; ) {
            Duration wait = Duration.ofNanos(timers.next().orElseThrow());
            clock.advance(wait);
            passed = passed.plus(wait);
            timers.expire();
            assertTrue(level);
            assertEquals(IRQ | PERIODIC, get(C) & ~UPDATE);
            assertFalse(level, "reading the register is the acknowledgement");
            interrupts++;
        }
        assertEquals(hertz, interrupts, 1);
    }

    @Test
    void aPeriodThatNobodyTookIsNotCounted() {
        put(B, HOURS_24 | PERIODIC);
        advanceMillis(100);
        timers.expire();
        assertTrue(level);
        assertEquals(OptionalLong.empty(), timers.next(), "nothing is due while the line is high");
        advanceMillis(100);
        assertEquals(IRQ | PERIODIC, get(C));
        assertEquals(0, get(C));
        assertFalse(level);
    }

    @Test
    void theUpdateEndedInterruptComesEachSecond() {
        put(A, NO_RATE);
        put(0x01, 0x30);
        put(B, HOURS_24 | UPDATE);
        for (int second = 0; second < 3; second++) {
            clock.advance(Duration.ofNanos(timers.next().orElseThrow()));
            assertEquals(0, get(A) & 0x80, "the update has ended");
            timers.expire();
            assertTrue(level);
            assertEquals(IRQ | UPDATE, get(C));
        }
        assertEquals(0x01, get(0x00));
        assertEquals(1_000_000_000L, timers.next().orElseThrow());
    }

    @Test
    void theAlarmInterruptsAtItsTime() {
        put(A, NO_RATE);
        put(0x05, 0xff);
        put(0x03, 0xc0);
        put(0x01, 0x07);
        put(B, HOURS_24 | ALARM);
        assertEquals(8_751_984_000L, timers.next().orElseThrow());
        clock.advance(Duration.ofNanos(timers.next().orElseThrow()));
        timers.expire();
        assertTrue(level);
        assertEquals(IRQ | ALARM | UPDATE, get(C));
        assertFalse(level);
        put(0x03, 0x59);
        put(0x05, 0x22);
        long night = Duration.ofHours(22).plusMinutes(59).toNanos();
        assertEquals(night, timers.next().orElseThrow());
    }

    @Test
    void anAlarmOnADialKnowsAfternoon() {
        put(A, NO_RATE);
        put(B, ALARM);
        put(0x01, 0x00);
        put(0x03, 0x00);
        put(0x05, 0x92);
        long noon = Duration.ofHours(12).plusMillis(1752).minusNanos(16_000).toNanos();
        assertEquals(noon, timers.next().orElseThrow());
    }

    @Test
    void anAlarmThatIsNoTimeNeverComes() {
        put(A, NO_RATE);
        put(0x01, 0x7f);
        put(B, HOURS_24 | ALARM);
        assertEquals(OptionalLong.empty(), timers.next());
        clock.advance(Duration.ofDays(2));
        assertEquals(UPDATE, get(C));
    }

    @Test
    void flagsCanBePolled() {
        assertEquals(0, get(C));
        advanceMillis(1);
        assertEquals(PERIODIC, get(C), "1024 Hz without a call");
        assertEquals(0, get(C));
        put(A, NO_RATE);
        advanceMillis(900);
        assertEquals(UPDATE, get(C));
        assertEquals(0, get(C));
        assertFalse(level);
        assertEquals(OptionalLong.empty(), timers.next(), "no timer runs unless one interrupts");
    }

    @Test
    void enablingWhatHasHappenedInterrupts() {
        advanceMillis(10);
        put(B, HOURS_24 | PERIODIC);
        assertTrue(level);
    }

    @Test
    void disablingLowersTheLineAndStopsTheTimer() {
        put(B, HOURS_24 | PERIODIC);
        advanceMillis(10);
        timers.expire();
        put(B, HOURS_24);
        assertFalse(level);
        assertEquals(OptionalLong.empty(), timers.next());
    }

    @Test
    void aTimerThatComesEarlyIsSetAgain() {
        put(A, NO_RATE);
        put(B, HOURS_24 | UPDATE);
        timers.expire();
        assertFalse(level);
        assertTrue(timers.next().isPresent());
    }

    @Test
    void theTimeCanBeSet() {
        put(B, SET | HOURS_24 | UPDATE);
        assertEquals(SET | HOURS_24, get(B), "setting ends the update-ended interrupt");
        put(0x32, 0x19);
        put(0x09, 0x99);
        put(0x07, 0x31);
        put(0x08, 0x12);
        put(0x04, 0x23);
        put(0x02, 0x59);
        put(0x00, 0x59);
        advanceMillis(5000);
        assertEquals(0x59, get(0x00), "it stands still until it is let go");
        assertEquals(0, get(A) & 0x80);
        put(B, HOURS_24);
        assertEquals(0x59, get(0x00));
        advanceMillis(1000);
        assertEquals(0x00, get(0x00));
        assertEquals(0x01, get(0x08));
        assertEquals(0x00, get(0x09));
        assertEquals(0x20, get(0x32));
        assertEquals(0x07, get(0x06), "a Saturday");
    }

    @Test
    void aDateMayBeSetInAnyOrder() {
        put(B, SET | HOURS_24);
        put(0x08, 0x02);
        put(0x07, 0x31);
        assertEquals(0x31, get(0x07));
        put(0x08, 0x03);
        put(B, HOURS_24);
        assertEquals(0x31, get(0x07));
        assertEquals(0x03, get(0x08));
    }

    @Test
    void theTimeCanBeSetWithoutHoldingIt() {
        put(0x04, 0x11);
        put(0x02, 0x22);
        assertEquals(0x11, get(0x04));
        assertEquals(0x22, get(0x02));
        put(0x02, 0x60);
        assertEquals(0x22, get(0x02), "no minute");
    }

    @Test
    void aDialIsSetAsItIsRead() {
        put(B, 0x00);
        for (int hour : new int[] {0x12, 0x01, 0x11, 0x92, 0x81, 0x91}) {
            put(0x04, hour);
            assertEquals(hour, get(0x04));
        }
        put(0x04, 0x13);
        assertEquals(0x91, get(0x04));
    }

    @Test
    void holdingTheTimeWithoutSettingItLosesNone() {
        put(B, SET | HOURS_24);
        advanceMillis(3000);
        assertEquals(0x58, get(0x00));
        put(B, HOURS_24);
        assertEquals(0x01, get(0x00));
    }

    @Test
    void noUpdateEndsWhileTheTimeIsHeld() {
        put(A, NO_RATE);
        put(B, SET | HOURS_24);
        advanceMillis(5000);
        assertEquals(0, get(C));
        put(B, HOURS_24);
        assertEquals(0, get(C));
    }

    @Test
    void aDividerLetOutOfResetUpdatesHalfASecondLater() {
        put(A, DIVIDER_RESET);
        advanceMillis(5000);
        assertEquals(0, get(C));
        put(B, HOURS_24 | UPDATE);
        assertEquals(OptionalLong.empty(), timers.next());
        put(A, NO_RATE);
        assertEquals(501_984_000L, timers.next().orElseThrow());
    }

    @Test
    void aClockThatIsSetBackGoesOn() {
        put(A, NO_RATE);
        advanceMillis(-3_600_000);
        assertEquals(0, get(C));
        advanceMillis(1000);
        assertEquals(UPDATE, get(C));
    }

    @Test
    void survivesAHostileGuest() {
        for (long seed = 0; seed < 5; seed++) {
            HostileGuest.attack(
                    new RealTimeClock(
                            clock, high -> level = high, timers, new CmosInventory(1 << 20, 0, 1)),
                    RealTimeClock.PORTS,
                    seed);
            advanceMillis(997);
            timers.expire();
        }
    }
}
