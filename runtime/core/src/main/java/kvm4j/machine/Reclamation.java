package kvm4j.machine;

import java.lang.ref.Cleaner;

/** What is done when the collector finds that nobody can close a thing any more. */
final class Reclamation {

    /** Null until there is something to reclaim, and as long as the host has no thread for it. */
    private static Cleaner cleaner;

    private Reclamation() {}

    /**
     * Says what becomes of a thing that is not closed.
     *
     * @param thing the thing
     * @param deed what is done once nobody can reach it, on a thread of ours or, by what is
     *     returned, at once; must not lead to the thing
     * @return by which its owner has it done when it is closed
     */
    static synchronized Cleaner.Cleanable of(Object thing, Runnable deed) {
        if (cleaner == null) {
            cleaner = Cleaner.create(Thread.ofPlatform().name("kvm4j-cleaner").daemon().factory());
        }
        return cleaner.register(thing, deed);
    }
}
