/**
 * The memory of a VM as the kernel sees it: slots, the logs and rings of pages that were written,
 * writes that were collected. {@link kvm4j.kvm.Vm#map} is the way in; what stands behind a slot is
 * {@link kvm4j.memory}.
 */
package kvm4j.kvm.memory;
