package kvm4j.trace;

/**
 * A time during which a vCPU's thread had no processor of the host.
 *
 * @param from when it lost it, in nanoseconds of {@link System#nanoTime}
 * @param to when it got one again
 * @param preempted whether it could have gone on; else it waited for something
 */
public record Absence(long from, long to, boolean preempted) {}
