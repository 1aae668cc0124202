package kvm4j.trace;

/**
 * Something that happened to a vCPU besides entries and exits.
 *
 * @param time when, in nanoseconds of {@link System#nanoTime}
 * @param mark what
 * @param detail what else is known, in a few words
 */
public record Moment(long time, Mark mark, String detail) {}
