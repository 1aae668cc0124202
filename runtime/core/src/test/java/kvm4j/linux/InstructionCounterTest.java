package kvm4j.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class InstructionCounterTest {

    @Test
    @SuppressWarnings("try") // that closing twice is harmless is part of what is tested
    void countsOrSaysWhyNot() {
        try (InstructionCounter counter = InstructionCounter.ofThisThread()) {
            long before = counter.count();
            long after = counter.count();
            if (counter.absence().isPresent()) {
                assertEquals(-1, before);
                assertEquals(-1, after);
                String reason = counter.absence().get().getMessage();
                assertTrue(reason.startsWith("perf_event_open(user instructions) failed"), reason);
            } else {
                assertTrue(after > before, before + " and then " + after);
            }
            counter.close();
        }
    }
}
