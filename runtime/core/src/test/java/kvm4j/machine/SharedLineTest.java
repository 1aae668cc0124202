package kvm4j.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import kvm4j.device.InterruptLine;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

/** A line that two drive. */
class SharedLineTest {

    /** What became of a line. */
    private final List<Boolean> levels = new ArrayList<>();

    private final SharedLine line = new SharedLine(levels::add);
    private final InterruptLine one = line.connect();
    private final InterruptLine other = line.connect();

    @Test
    void itIsHighAsLongAsOneHasItHigh() {
        one.setLevel(true);
        other.setLevel(true);
        one.setLevel(false);
        assertEquals(List.of(true, true), levels);
        other.setLevel(false);
        assertEquals(List.of(true, true, false), levels);
    }

    @Test
    void anEdgeOfOneDoesNotLowerTheOther() {
        one.setLevel(true);
        levels.clear();
        other.setLevel(true);
        other.setLevel(false);
        assertEquals(List.of(true), levels);
    }

    @Test
    void whoSaysItTwiceHasItHighOnce() {
        one.setLevel(true);
        one.setLevel(true);
        one.setLevel(false);
        assertEquals(List.of(true, true, false), levels);
        one.setLevel(false);
        other.setLevel(true);
        assertEquals(List.of(true, true, false, false, true), levels);
    }

    @Test
    void aLevelThatIsRestoredDrivesNothingAndCounts() {
        other.setLevel(true);
        levels.clear();
        line.forgetLevels();
        one.restoreLevel(true);
        assertEquals(List.of(), levels);
        other.setLevel(true);
        other.setLevel(false);
        assertEquals(List.of(true), levels);
        one.setLevel(false);
        assertEquals(List.of(true, false), levels);
    }
}
