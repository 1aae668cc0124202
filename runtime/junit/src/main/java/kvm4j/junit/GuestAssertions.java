package kvm4j.junit;

import kvm4j.testing.FinishedGuest;

/** Where assertions about guests begin, by themselves or beside AssertJ's. */
public final class GuestAssertions {

    private GuestAssertions() {}

    /**
     * Begins.
     *
     * @param guest what to assert something of
     * @return assertions, each of which answers itself
     */
    public static GuestAssert assertThat(FinishedGuest guest) {
        return new GuestAssert(guest);
    }
}
