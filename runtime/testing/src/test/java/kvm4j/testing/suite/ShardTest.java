package kvm4j.testing.suite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.testing.GuestSetup;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;

class ShardTest {

    private static final List<TestCase> SUITE =
            IntStream.range(0, 200)
                    .mapToObj(
                            i ->
                                    new TestCase(
                                            "guest-" + i,
                                            Optional.empty(),
                                            () -> GuestSetup.of("hello"),
                                            Optional.empty()))
                    .toList();

    @Test
    void allShardsTogetherHaveEachCaseOnce() {
        Random random = new Random(14);
        for (int count = 1; count <= 250; count += 7) {
            Map<String, Duration> durations = new HashMap<>();
            for (TestCase one : SUITE) {
                if (random.nextBoolean()) {
                    durations.put(one.name(), Duration.ofMillis(random.nextInt(10_000)));
                }
            }
            List<String> names = new ArrayList<>();
            for (int index = 1; index <= count; index++) {
                new Shard(index, count)
                        .select(SUITE, durations)
                        .forEach(one -> names.add(one.name()));
            }
            assertEquals(
                    SUITE.stream().map(TestCase::name).sorted().toList(),
                    names.stream().sorted().toList());
        }
    }

    @Test
    void shardsTakeAboutAsLong() {
        Map<String, Duration> durations = new HashMap<>();
        for (int i = 0; i < SUITE.size(); i++) {
            durations.put(SUITE.get(i).name(), Duration.ofMillis(10L * i));
        }
        List<Long> sums =
                IntStream.rangeClosed(1, 3)
                        .mapToObj(index -> new Shard(index, 3).select(SUITE, durations))
                        .map(
                                part ->
                                        part.stream()
                                                .mapToLong(
                                                        one -> durations.get(one.name()).toMillis())
                                                .sum())
                        .sorted()
                        .toList();
        assertTrue(sums.getLast() - sums.getFirst() < 100, sums::toString);
    }

    @Test
    void parses() {
        assertEquals(new Shard(2, 3), Shard.parse("2/3"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "2", "0/3", "4/3", "a/b", "1/2/3"})
    void refuses(String text) {
        assertThrows(IllegalArgumentException.class, () -> Shard.parse(text));
    }
}
