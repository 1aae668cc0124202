package kvm4j.device;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;

import kvm4j.x86.Bytes;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.util.Optional;

class GuestTimeTest {

    private static final Instant NOW = Instant.parse("2024-02-28T23:59:50Z");

    @Test
    void isWhatPassedOrNothing() {
        Instant before = NOW.minusSeconds(90);
        assertEquals(Duration.ofSeconds(90), GuestTime.CAUGHT_UP.passed(before, NOW));
        assertEquals(Duration.ofSeconds(-90), GuestTime.CAUGHT_UP.passed(NOW, before));
        assertEquals(Duration.ZERO, GuestTime.STOPPED.passed(before, NOW));
    }

    @Test
    void canBeCountedInNanosecondsWhateverAFileSays() {
        assertEquals(GuestTime.LONGEST, GuestTime.CAUGHT_UP.passed(Instant.MIN, NOW));
        assertEquals(GuestTime.LONGEST.negated(), GuestTime.CAUGHT_UP.passed(Instant.MAX, NOW));
        assertEquals(36_500L * 86_400 * 1_000_000_000, GuestTime.LONGEST.toNanos());
    }

    @ParameterizedTest
    @ValueSource(longs = {-31_557_014_167_219_200L, 31_556_889_864_403_199L})
    void clocksTakeAnyMomentThatAFileCanHave(long second) {
        Instant savedAt = Instant.ofEpochSecond(second);
        Hpet hpet = new Hpet(_ -> InterruptLine.UNCONNECTED, Timers.NONE);
        Hpet.State state = hpet.save();
        var moved = new Hpet.State(true, 0, 0, state.timers(), savedAt);
        assertDoesNotThrow(() -> hpet.restore(moved, GuestTime.CAUGHT_UP));
        if (second > 0) {
            var clock = new RealTimeClock(Clock.systemUTC(), new CmosInventory(0, 0, 1));
            clock.restore(savedAt(savedAt), GuestTime.CAUGHT_UP);
            clock.writeByte(0, 0);
            assertDoesNotThrow(() -> clock.readByte(1));
        }
    }

    private static RealTimeClock.State savedAt(Instant savedAt) {
        return new RealTimeClock.State(
                Bytes.of(new byte[128]),
                0,
                LocalDateTime.of(-99_999, 1, 1, 0, 0),
                savedAt,
                Optional.empty(),
                false,
                0,
                0,
                0);
    }
}
