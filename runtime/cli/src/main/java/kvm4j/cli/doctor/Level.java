package kvm4j.cli.doctor;

/** How a {@link Finding} is to be taken. */
enum Level {
    /** As it should be. */
    OK,
    /** Good to know. */
    NOTE,
    /** Guests run, but not as well as they could. */
    WARNING,
    /** Guests cannot run because of this. */
    FAILURE
}
