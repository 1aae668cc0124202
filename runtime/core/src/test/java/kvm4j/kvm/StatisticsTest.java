package kvm4j.kvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.List;

@NeedsKvm
class StatisticsTest {

    /** out %al, $0xf4; jmp to it. */
    private static final String OUTS = "e6 f4 eb fc";

    @Test
    void exitsAreCounted() {
        try (TestGuest guest = TestGuest.of(OUTS)) {
            guest.assume(Capability.BINARY_STATS_FD);
            try (Statistics statistics = guest.vcpu().statistics()) {
                assertTrue(statistics.subject().endsWith("vcpu-0"), statistics::subject);
                Statistic exits = statistics.find("exits").orElseThrow();
                assertEquals(Statistic.Type.CUMULATIVE, exits.type());
                assertEquals(Statistic.Unit.NONE, exits.unit());
                assertEquals(1, exits.count());
                long before = statistics.read(exits).getFirst();
                for (int i = 0; i < 10; i++) {
                    guest.run();
                }
                assertTrue(statistics.read(exits).getFirst() >= before);
                assertTrue(
                        statistics.readAll().values().stream()
                                .flatMap(List::stream)
                                .anyMatch(value -> value > 0));
            }
        }
    }

    @Test
    void allThatIsDescribedCanBeRead() {
        try (TestGuest guest = TestGuest.of(OUTS)) {
            guest.assume(Capability.BINARY_STATS_FD);
            try (Statistics statistics = guest.vm().statistics()) {
                assertFalse(statistics.descriptors().isEmpty());
                var all = statistics.readAll();
                assertEquals(statistics.descriptors(), List.copyOf(all.keySet()));
                all.forEach(
                        (statistic, values) -> {
                            assertEquals(statistic.count(), values.size());
                            assertFalse(statistic.name().isEmpty());
                            assertEquals(statistic.count(), statistics.read(statistic).size());
                        });
                assertTrue(statistics.find("no such statistic").isEmpty());
            }
        }
    }

    @Test
    @SuppressWarnings("try") // use after close is what is tested
    void closedStatisticsAreOfNoUse() {
        try (TestGuest guest = TestGuest.of(OUTS)) {
            guest.assume(Capability.BINARY_STATS_FD);
            Statistics statistics = guest.vm().statistics();
            statistics.close();
            statistics.close();
            assertThrows(IllegalStateException.class, statistics::readAll);
        }
    }
}
