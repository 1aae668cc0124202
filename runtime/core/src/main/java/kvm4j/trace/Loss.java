package kvm4j.trace;

/**
 * Events that the kernel's buffer had no room for.
 *
 * @param time when the next one was kept, in nanoseconds of {@link System#nanoTime}
 * @param hostCpu whose buffer it was
 * @param events how many, -1 if that is not known
 */
public record Loss(long time, int hostCpu, long events) {}
