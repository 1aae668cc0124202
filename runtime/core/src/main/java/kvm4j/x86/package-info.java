/**
 * What a processor and its interrupt controllers are, as values: registers, segments, CPUID, MSRs,
 * extended state, what is pending, local APIC, PIC, I/O APIC, interval timer.
 *
 * <p>Records that do not change and need no kernel. {@link kvm4j.kvm} takes them from a virtual
 * machine and puts them into one; {@link kvm4j.boot} says with them how an image is entered.
 */
package kvm4j.x86;
