/**
 * Model-specific registers: reading and writing them, and which the guest may. {@link
 * kvm4j.kvm.Vcpu#msrs()} and {@link kvm4j.kvm.Vm#setMsrFilter} are the way in.
 */
package kvm4j.kvm.msr;
