package kvm4j.testing;

/**
 * What a guest's report has to know of its description.
 *
 * @param name what the guest is called
 * @param image its image
 * @param end how it has to end
 * @param repeatCommand what runs it by hand
 */
@SuppressWarnings("ArrayRecordComponent") // handed on, never compared
record GuestFacts(String name, byte[] image, GuestEnd end, String repeatCommand) {}
