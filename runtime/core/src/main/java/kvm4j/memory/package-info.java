/**
 * Guest-physical memory: regions of host memory at guest-physical addresses, with bounds-checked
 * access from the host's side. Knows nothing of KVM, which is told of the regions by {@code
 * kvm4j.kvm.Vm}.
 */
package kvm4j.memory;
