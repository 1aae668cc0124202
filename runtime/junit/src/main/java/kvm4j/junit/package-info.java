/**
 * Guests as JUnit tests: {@link kvm4j.junit.RequiresKvm} skips where there is no KVM, {@link
 * kvm4j.junit.Guest} injects a guest, {@link kvm4j.junit.GuestMatrix} repeats a test on different
 * machines, {@link kvm4j.junit.GuestTests} makes a test of each image and of all that it reports.
 */
package kvm4j.junit;
