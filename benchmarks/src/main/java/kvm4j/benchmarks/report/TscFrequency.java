package kvm4j.benchmarks.report;

import java.util.Map;
import java.util.OptionalDouble;

/** How fast a host's time-stamp counter counts, as the facts about it say. */
final class TscFrequency {

    /** What the fact is called. */
    static final String FACT = "TSC";

    private static final double KILO_TO_GIGA = 1e6;

    private TscFrequency() {}

    /** Cycles in a nanosecond; empty where the counter is not constant, or nothing is known. */
    static OptionalDouble of(Map<String, String> host) {
        String fact = host.getOrDefault(FACT, "");
        String suffix = " kHz, constant";
        return fact.matches("\\d{1,9}" + suffix)
                ? OptionalDouble.of(
                        Integer.parseInt(fact.substring(0, fact.length() - suffix.length()))
                                / KILO_TO_GIGA)
                : OptionalDouble.empty();
    }
}
