package kvm4j.testing;

import java.util.List;

/**
 * What a guest's report has to know of its description.
 *
 * @param name what the guest is called
 * @param image its image
 * @param end how it has to end
 * @param repeatCommand what runs it by hand
 * @param missingFeatures what was asked of its processors and KVM does not offer
 */
@SuppressWarnings("ArrayRecordComponent") // handed on, never compared
record GuestFacts(
        String name,
        byte[] image,
        GuestEnd end,
        String repeatCommand,
        List<String> missingFeatures) {}
