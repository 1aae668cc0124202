package kvm4j.testing.suite;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * One of several parts of a suite, each for a runner of its own. Every case is in exactly one part,
 * if all runners split the same suite by the same durations.
 *
 * @param index which part, from 1
 * @param count how many parts there are
 */
public record Shard(int index, int count) {

    /** A suite that is not split. */
    public static final Shard ALL = new Shard(1, 1);

    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException if there is no such part
     */
    public Shard {
        if (index < 1 || index > count) {
            throw new IllegalArgumentException(
                    "there is no shard " + index + "/" + count + ": 1/3, 2/3 and 3/3 are of three");
        }
    }

    /**
     * Reads one.
     *
     * @param text such as {@code 2/3}
     * @return the shard
     * @throws IllegalArgumentException if the text is none
     */
    public static Shard parse(String text) {
        String[] parts = text.split("/", -1);
        try {
            if (parts.length == 2) {
                return new Shard(Integer.parseInt(parts[0]), Integer.parseInt(parts[1]));
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw new IllegalArgumentException("'" + text + "' is no shard; an example: 2/3");
    }

    /**
     * The cases of this part: the longest first, each goes to the part that has least to do.
     *
     * @param cases the suite
     * @param durations how long cases took before, by name; those that are not in it count as the
     *     mean of those that are
     * @return the part, in the order of the suite
     */
    public List<TestCase> select(List<TestCase> cases, Map<String, Duration> durations) {
        double mean = durations.values().stream().mapToDouble(Shard::seconds).average().orElse(1);
        List<TestCase> longestFirst = new ArrayList<>(cases);
        longestFirst.sort(
                Comparator.comparingDouble((TestCase one) -> -seconds(one, durations, mean))
                        .thenComparing(TestCase::name));
        // no more parts get a case than there are cases
        double[] loads = new double[Math.min(count, cases.size())];
        Set<String> mine = new HashSet<>();
        for (TestCase one : longestFirst) {
            int least = 0;
            for (int i = 1; i < loads.length; i++) {
                least = loads[i] < loads[least] ? i : least;
            }
            loads[least] += Math.max(seconds(one, durations, mean), 1e-6);
            if (least == index - 1) {
                mine.add(one.name());
            }
        }
        return cases.stream().filter(one -> mine.contains(one.name())).toList();
    }

    private static double seconds(TestCase one, Map<String, Duration> durations, double mean) {
        Duration known = durations.get(one.name());
        return known == null ? mean : seconds(known);
    }

    private static double seconds(Duration duration) {
        return duration.toNanos() / 1e9;
    }

    @Override
    public String toString() {
        return index + "/" + count;
    }
}
