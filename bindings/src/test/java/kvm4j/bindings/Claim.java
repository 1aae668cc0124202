package kvm4j.bindings;

import java.util.Locale;

/**
 * One number that the bindings hold, and the C expression that has the same value in the header.
 *
 * @param kind what the number is
 * @param type the C type that has the member, or an empty string for a constant
 * @param member the constant or the member, or an empty string for the type itself
 * @param expression a C expression of an integer or pointer type
 * @param value what the bindings say
 */
record Claim(Kind kind, String type, String member, String expression, long value) {

    /** What a claim is about. */
    enum Kind {
        CONSTANT,
        SIZE,
        ALIGNMENT,
        OFFSET,
        /** The size of one element of an array whose length the header leaves open. */
        ELEMENT_SIZE
    }

    /** Claims that an {@code int} constant of the bindings has the value it has in C. */
    static Claim constant(String name, int value) {
        // C's may be unsigned; one that is wider than int must fit.
        String expression =
                "sizeof(%1$s) == sizeof(int) ? (int) (%1$s) : (long long) (%1$s)".formatted(name);
        return new Claim(Kind.CONSTANT, "", name, expression, value);
    }

    /** Claims that a {@code long} or pointer constant of the bindings has the value it has in C. */
    static Claim constant(String name, long value) {
        return new Claim(Kind.CONSTANT, "", name, name, value);
    }

    /** How a reader finds the subject in the header. */
    String subject() {
        if (type.isEmpty()) {
            return member;
        }
        return member.isEmpty() ? type : type + "." + member;
    }

    @Override
    public String toString() {
        return kind.name().toLowerCase(Locale.ROOT).replace('_', ' ') + " of " + subject();
    }
}
