/**
 * Assertions about guests for those who have AssertJ: a module or class path without it does
 * without this package, and has {@link kvm4j.junit.GuestAssertions}.
 */
package kvm4j.junit.assertj;
