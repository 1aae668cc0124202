package kvm4j.cli.explain;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class TracingCostTest {

    @Test
    void saysWhatIsAdded() {
        assertEquals(
                "2.4 us to an exit of 8.1 us, on a guest of port writes",
                new TracingCost(8_100, 10_500).describe());
    }

    @Test
    void isNeverLessThanNothing() {
        assertEquals(
                "nothing seen to an exit of 70.7 us, on a guest of port writes",
                new TracingCost(70_700, 57_500).describe());
    }
}
