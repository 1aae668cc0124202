/**
 * Guests as tests: {@link kvm4j.testing.GuestSetup} describes one, {@link
 * kvm4j.testing.RunningGuest} is talked to, {@link kvm4j.testing.FinishedGuest} is asked.
 */
package kvm4j.testing;
