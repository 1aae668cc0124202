package kvm4j.trace;

/**
 * What the vendor module did with a processor of the host.
 *
 * @param time when, in nanoseconds of {@link System#nanoTime}
 * @param hostCpu on which
 * @param name the instruction, such as {@code VMXON}; or {@code VMCS_LOAD}, which is a VMPTRLD
 *     where the VMCS is not the current one already
 * @param function the function of the kernel that executes it
 */
public record HostOperation(long time, int hostCpu, String name, String function) {}
