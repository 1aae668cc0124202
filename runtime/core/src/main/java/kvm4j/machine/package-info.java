/**
 * A whole machine: memory, vCPU threads with their exit loops, devices and an image, from a builder
 * to an {@link kvm4j.machine.Outcome}.
 */
package kvm4j.machine;
