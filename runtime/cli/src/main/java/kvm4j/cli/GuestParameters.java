package kvm4j.cli;

import kvm4j.guests.Guest;
import kvm4j.memory.GuestMemory;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * What a guest finds in its parameter block.
 *
 * @param words the value of each word that is set, by its place in the block
 */
record GuestParameters(Map<Integer, Long> words) implements Consumer<GuestMemory> {

    /** How many words the block has: a page. */
    private static final int WORDS = 512;

    /**
     * Finds the words that names stand for. A guest of the catalogue has its defaults in the
     * others.
     *
     * @param values by a name that the guest's catalogue entry has, or by a word's place in the
     *     block
     * @param guest the catalogue entry, if the image has one
     * @throws IllegalArgumentException if a name stands for no word
     */
    static GuestParameters of(List<ParameterValue> values, Optional<Guest> guest) {
        List<String> names = guest.map(Guest::parameters).orElse(List.of());
        List<Long> defaults = guest.map(Guest::defaults).orElse(List.of());
        Map<Integer, Long> words = new TreeMap<>();
        for (int place = 0; place < defaults.size(); place++) {
            words.put(place, defaults.get(place));
        }
        values.forEach(given -> words.put(word(given.name(), names), given.value().value()));
        return new GuestParameters(words);
    }

    private static int word(String name, List<String> names) {
        int named = names.indexOf(name);
        if (named >= 0) {
            return named;
        }
        if (name.matches("\\d{1,3}") && Integer.parseInt(name) < WORDS) {
            return Integer.parseInt(name);
        }
        throw new IllegalArgumentException(
                "no parameter is called '%s'; there %s, and words 0 to %d by number"
                        .formatted(
                                name,
                                names.isEmpty()
                                        ? "are none by name"
                                        : "is " + String.join(", ", names),
                                WORDS - 1));
    }

    /** Writes the words to where the guest looks for them. */
    @Override
    public void accept(GuestMemory memory) {
        words.forEach(
                (word, value) ->
                        memory.putLong(Guest.PARAMETER_BLOCK + (long) word * Long.BYTES, value));
    }
}
