package kvm4j.bindings;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The claims of the bindings beside what a header says.
 *
 * @param claims what the bindings say
 * @param header the values of those claims' expressions that the header knows
 * @param headerIsNewer whether the header is of a later kernel than the bindings
 */
record Comparison(List<Claim> claims, Map<String, Long> header, boolean headerIsNewer) {

    /** Two answers to one question. */
    private record Difference(long header, long bindings) {
        @Override
        public String toString() {
            return "%d in the header, %d in the bindings".formatted(header, bindings);
        }
    }

    /** What the header does not know; not the members of what it does not know. */
    SortedSet<String> lacking() {
        Set<String> subjects =
                claims.stream()
                        .filter(claim -> !isKnown(claim))
                        .map(Claim::subject)
                        .collect(Collectors.toSet());
        return subjects.stream()
                .filter(subject -> !subjects.contains(outer(subject)))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** How many claims the header knows. */
    long known() {
        return claims.stream().filter(this::isKnown).count();
    }

    /**
     * Where the header says something else, in words. That a struct has more members behind its
     * former end in the later kernel is how the kernel's interface grows, and no mismatch.
     */
    List<String> mismatches() {
        Set<Difference> growths =
                differing().stream()
                        .filter(this::isGrownStruct)
                        .map(this::difference)
                        .collect(Collectors.toSet());
        return differing().stream()
                .filter(
                        claim ->
                                claim.kind() != Claim.Kind.SIZE
                                        || !growths.contains(difference(claim)))
                .map(claim -> "%s: %s".formatted(claim, difference(claim)))
                .toList();
    }

    private boolean isKnown(Claim claim) {
        return header.containsKey(claim.expression());
    }

    private List<Claim> differing() {
        return claims.stream()
                .filter(this::isKnown)
                .filter(claim -> claim.value() != header.get(claim.expression()))
                .toList();
    }

    private Difference difference(Claim claim) {
        return new Difference(header.get(claim.expression()), claim.value());
    }

    private boolean isGrownStruct(Claim claim) {
        if (claim.kind() != Claim.Kind.SIZE || !claim.member().isEmpty()) {
            return false;
        }
        long end = header.get(claim.expression());
        return end > claim.value() ? headerIsNewer : hasMembersFrom(claim.type(), end);
    }

    /** Whether the bindings know a member there that the header lacks. */
    private boolean hasMembersFrom(String type, long offset) {
        return claims.stream()
                .filter(claim -> claim.kind() == Claim.Kind.OFFSET && claim.type().equals(type))
                .anyMatch(claim -> !isKnown(claim) && claim.value() >= offset);
    }

    private static String outer(String subject) {
        return subject.substring(0, Math.max(0, subject.lastIndexOf('.')));
    }
}
