/** Processors as QEMU's {@code -cpu} names them, made of what KVM offers here. */
package kvm4j.testing.cpu;
