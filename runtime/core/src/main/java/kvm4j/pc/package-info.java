/**
 * A PC: the devices that kernels and firmware take for granted, and the tables by which they learn
 * of them.
 */
package kvm4j.pc;
