package kvm4j.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

class HpetTest {

    private static final long CONFIGURATION = 0x10;
    private static final long STATUS = 0x20;
    private static final long COUNTER = 0xf0;
    private static final long TIMER = 0x100;
    private static final long COMPARATOR = 0x108;
    private static final long NEXT = 0x20;

    private static final long LEVEL = 1 << 1;
    private static final long INTERRUPTS = 1 << 2;
    private static final long PERIODIC = 1 << 3;
    private static final long SETS_COMPARATOR = 1 << 6;
    private static final long NARROW = 1 << 8;

    private final ManualTimers timers = new ManualTimers();
    private final MmioBus bus = new MmioBus();

    /** What became of the lines, such as {@code 20 high}. */
    private final List<String> lines = new ArrayList<>();

    private long nanos = 12345;
    private Hpet hpet;

    @BeforeEach
    void attach() {
        hpet = make();
        bus.attach(Hpet.ADDRESS, Hpet.SIZE, hpet);
    }

    private Hpet make() {
        return new Hpet(
                input -> high -> lines.add(input + (high ? " high" : " low")), timers, () -> nanos);
    }

    private long get(long register) {
        return bus.read(Hpet.ADDRESS + register, 8);
    }

    private void put(long register, long value) {
        bus.write(Hpet.ADDRESS + register, 8, value);
    }

    private void putNarrow(long register, long value) {
        bus.write(Hpet.ADDRESS + register, 4, value);
    }

    private static long route(int input) {
        return (long) input << 9;
    }

    private List<String> linesAfter(long ticks) {
        lines.clear();
        nanos += ticks * 10;
        timers.expire();
        return List.copyOf(lines);
    }

    @Test
    void itSaysWhatItIs() {
        assertEquals(10_000_000, get(0) >>> 32, "femtoseconds of a tick");
        assertEquals(0x8086_2201L, get(0) & 0xffff_ffffL, "three timers, 64 bits");
        assertEquals(0x8086, bus.read(Hpet.ADDRESS + 2, 2));
        assertEquals(0x00f0_0000_0000_0030L, get(TIMER));
        assertEquals(0, get(TIMER + 3 * NEXT), "there is no fourth timer");
    }

    @Test
    void theCounterCountsWhileItIsOn() {
        nanos += 1000;
        assertEquals(0, get(COUNTER));
        put(CONFIGURATION, 1);
        nanos += 1000;
        assertEquals(100, get(COUNTER));
        put(COUNTER, 7);
        assertEquals(100, get(COUNTER), "it cannot be set while it counts");
        put(CONFIGURATION, 0);
        nanos += 1000;
        assertEquals(100, get(COUNTER));
        put(COUNTER, 0x1_ffff_ffffL);
        putNarrow(COUNTER, 5);
        assertEquals(0x1_0000_0005L, get(COUNTER));
        put(CONFIGURATION, 1);
        nanos += 10;
        assertEquals(0x1_0000_0006L, get(COUNTER));
        assertEquals(6, bus.read(Hpet.ADDRESS + COUNTER, 4));
    }

    @Test
    void aTimerInterruptsOnce() {
        put(CONFIGURATION, 1);
        put(TIMER, INTERRUPTS | route(21));
        put(COMPARATOR, 1000);
        assertEquals(10_000, timers.next().orElseThrow());
        assertEquals(List.of(), linesAfter(999));
        assertEquals(List.of("21 high", "21 low"), linesAfter(1));
        assertTrue(timers.next().isEmpty());
        put(COMPARATOR, 500);
        assertEquals(List.of("21 high", "21 low"), linesAfter(0), "that has passed already");
    }

    @Test
    void aPeriodicTimerInterruptsAgain() {
        put(CONFIGURATION, 1);
        put(TIMER, INTERRUPTS | PERIODIC | SETS_COMPARATOR | route(20));
        put(COMPARATOR, 20_000);
        put(COMPARATOR, 50_000);
        assertEquals(List.of("20 high", "20 low"), linesAfter(20_000));
        assertEquals(70_000, get(COMPARATOR));
        assertEquals(List.of(), linesAfter(49_999));
        assertEquals(List.of("20 high", "20 low"), linesAfter(1));
        assertEquals(List.of("20 high", "20 low"), linesAfter(170_000), "three periods at once");
        assertEquals(270_000, get(COMPARATOR));
    }

    @Test
    void aPeriodOfNothingIsNoEndlessLoop() {
        put(CONFIGURATION, 1);
        put(TIMER, INTERRUPTS | PERIODIC | SETS_COMPARATOR | route(20));
        put(COMPARATOR, 0);
        assertEquals(2, linesAfter(1).size());
        assertTrue(timers.next().orElseThrow() > 50_000);
    }

    @Test
    void aNarrowTimerComparesHalf() {
        put(COUNTER, 0xffff_fff0L);
        put(CONFIGURATION, 1);
        put(TIMER, INTERRUPTS | NARROW | route(20));
        putNarrow(COMPARATOR, 0x10);
        assertEquals(0x20 * 10, timers.next().orElseThrow());
        assertEquals(2, linesAfter(0x20).size());
    }

    @Test
    void aNarrowTimerMayHaveAPeriodOfMoreThanHalfOfItsCounter() {
        put(CONFIGURATION, 1);
        put(TIMER, INTERRUPTS | PERIODIC | SETS_COMPARATOR | NARROW | route(20));
        putNarrow(COMPARATOR, 1000);
        putNarrow(COMPARATOR, 0xc000_0000L);
        assertEquals(2, linesAfter(1000).size());
        assertEquals(0xc000_0000L + 1000, get(COMPARATOR));
        assertEquals(0xc000_0000L * 10, timers.next().orElseThrow());
        assertEquals(List.of(), linesAfter(0xbfff_ffffL));
        assertEquals(2, linesAfter(1).size());
        assertEquals(0x8000_0000L + 1000, get(COMPARATOR));
        put(TIMER, INTERRUPTS | PERIODIC | NARROW | route(21));
        assertEquals(List.of(), linesAfter(0xbfff_ffffL), "another route is no other period");
        assertEquals(List.of("21 high", "21 low"), linesAfter(1));
    }

    @Test
    void aPeriodOfMoreThanALifeIsNoShortOne() {
        put(CONFIGURATION, 1);
        put(TIMER, INTERRUPTS | PERIODIC | SETS_COMPARATOR | route(20));
        put(COMPARATOR, 1000);
        put(COMPARATOR, -1);
        assertEquals(2, linesAfter(1000).size());
        assertEquals(List.of(), linesAfter(1_000_000_000));
    }

    @Test
    void aCounterThatIsSetIsWhatANarrowTimerComparesWith() {
        put(TIMER, INTERRUPTS | NARROW | route(20));
        putNarrow(COMPARATOR, 0x10);
        put(COUNTER, 0xffff_fff0L);
        put(CONFIGURATION, 1);
        assertEquals(0x20 * 10, timers.next().orElseThrow());
    }

    @Test
    void aLevelStaysUntilItIsCleared() {
        put(CONFIGURATION, 1);
        put(TIMER, INTERRUPTS | LEVEL | route(22));
        put(TIMER + NEXT, INTERRUPTS | LEVEL | route(22));
        put(COMPARATOR, 100);
        put(COMPARATOR + NEXT, 200);
        assertEquals(List.of("22 high"), linesAfter(100));
        assertEquals(1, get(STATUS));
        assertEquals(List.of(), linesAfter(100));
        assertEquals(3, get(STATUS));
        put(STATUS, 1);
        assertEquals(List.of(), lines, "the other one still asks");
        put(STATUS, 2);
        assertEquals(List.of("22 low"), lines);
    }

    @Test
    void anEdgeDoesNotLowerALineThatALevelHasHigh() {
        put(CONFIGURATION, 1);
        put(TIMER, INTERRUPTS | LEVEL | route(22));
        put(TIMER + NEXT, INTERRUPTS | route(22));
        put(COMPARATOR, 100);
        put(COMPARATOR + NEXT, 200);
        assertEquals(List.of("22 high"), linesAfter(100));
        assertEquals(List.of(), linesAfter(100));
        put(STATUS, 1);
        assertEquals(List.of("22 low"), lines);
    }

    @Test
    void aRouteThatIsNoneIsNotTaken() {
        put(TIMER, route(23));
        assertEquals(route(23), get(TIMER) & route(31));
        put(TIMER, route(2));
        assertEquals(route(23), get(TIMER) & route(31));
        put(TIMER, INTERRUPTS);
        put(CONFIGURATION, 1);
        put(COMPARATOR, 10);
        assertEquals(List.of(), linesAfter(10), "routed to nowhere");
    }

    @Test
    void oddAccessesDoNothing() {
        bus.write(Hpet.ADDRESS + CONFIGURATION, 1, 1);
        bus.write(Hpet.ADDRESS + CONFIGURATION + 2, 4, -1);
        bus.write(Hpet.ADDRESS + 0x3f8, 8, -1);
        bus.write(Hpet.ADDRESS, 8, -1);
        assertEquals(0, get(CONFIGURATION));
        assertEquals(0, get(0x3f8));
    }

    @Test
    void itBecomesWhatAnotherWas() {
        put(CONFIGURATION, 1);
        put(TIMER, INTERRUPTS | LEVEL | route(22));
        put(COMPARATOR, 100);
        put(COMPARATOR + NEXT, 1000);
        linesAfter(100);
        Hpet.State state = hpet.save();
        bus.write(Hpet.ADDRESS + CONFIGURATION, 8, 0);
        lines.clear();
        Hpet other = make();
        nanos += 1_000_000;
        other.restore(state, GuestTime.STOPPED);
        assertEquals(List.of(), lines);
        assertEquals(100, other.read(COUNTER, 8));
        assertEquals(1, other.read(STATUS, 8));
        assertEquals(9000, timers.next().orElseThrow(), "the second timer's");
        other.write(STATUS, 8, 1);
        assertEquals(List.of("22 low"), lines);
        assertFalse(other.save().timers().getFirst().pending());
    }
}
