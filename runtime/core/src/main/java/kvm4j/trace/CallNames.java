package kvm4j.trace;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Where the kernel's functions are, for those whose calls are traced: {@code /proc/kallsyms}. */
final class CallNames {

    private static final Path SYMBOLS = Path.of("/proc/kallsyms");

    /** How far into a function its traced address may be. */
    private static final long PROLOGUE = 32;

    private final TreeMap<Long, String> names = new TreeMap<>(Long::compareUnsigned);

    /** Knows none. */
    CallNames() {}

    /**
     * Looks functions up.
     *
     * @param functions their names
     */
    static CallNames of(Collection<String> functions) {
        CallNames known = new CallNames();
        Set<String> wanted = Set.copyOf(functions);
        if (!wanted.isEmpty()) {
            try (Stream<String> symbols = Files.lines(SYMBOLS)) {
                symbols.forEach(symbol -> known.add(symbol, wanted));
            } catch (IOException unreadable) {
                return new CallNames();
            }
        }
        return known;
    }

    private void add(String symbol, Set<String> wanted) {
        String[] words = symbol.split("[ \t]");
        if (words.length > 2 && wanted.contains(words[2])) {
            names.put(Long.parseUnsignedLong(words[0], 16), words[2]);
        }
    }

    /** Those of the wanted functions that this kernel has. */
    List<String> all() {
        return List.copyOf(names.values());
    }

    /**
     * The function at an address.
     *
     * @param address where the call was traced
     * @return empty for an address that none of the functions begins at
     */
    Optional<String> name(long address) {
        Map.Entry<Long, String> before = names.floorEntry(address);
        return before == null || address - before.getKey() >= PROLOGUE
                ? Optional.empty()
                : Optional.of(before.getValue());
    }
}
