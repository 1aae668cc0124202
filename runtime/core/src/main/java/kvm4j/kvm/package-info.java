/**
 * The KVM API as objects: one class for each kind of file descriptor that the kernel hands out.
 *
 * <p>{@link kvm4j.kvm.Kvm} is {@code /dev/kvm}, {@link kvm4j.kvm.Vm} a virtual machine, {@link
 * kvm4j.kvm.Vcpu} one of its processors. State goes in and out as records; an exit is read in place
 * from the page that the vCPU shares with the kernel ({@link kvm4j.kvm.KvmRun}), or taken as a
 * value to match on ({@link kvm4j.kvm.VmExit}). What each method does is what its ioctl does: see
 * the kernel's <em>KVM API documentation</em> (Documentation/virt/kvm/api.rst), where each is found
 * by its name.
 */
package kvm4j.kvm;
