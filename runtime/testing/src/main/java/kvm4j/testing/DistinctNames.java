package kvm4j.testing;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Names that are told apart: where two tests have one name, readers of reports keep the last of
 * them, or take them for a test and its retry.
 */
public final class DistinctNames {

    private final Set<String> names = new HashSet<>();
    private final Map<String, Integer> numbers = new HashMap<>();

    /** Knows no name yet. */
    public DistinctNames() {}

    /**
     * A name that was not there before.
     *
     * @param name what it would be called
     * @return the name, or with a number behind it: {@code name (2)}
     */
    public String next(String name) {
        String distinct = name;
        while (!names.add(distinct)) {
            distinct = name + " (" + numbers.merge(name, 2, (last, _) -> last + 1) + ")";
        }
        return distinct;
    }
}
