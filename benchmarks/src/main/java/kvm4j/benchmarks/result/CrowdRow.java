package kvm4j.benchmarks.result;

import java.util.Objects;

/**
 * Many machines that were alive at once, their guests asleep.
 *
 * @param by who ran them, such as {@code kvm4j}
 * @param machines how many
 * @param memory how much each has, in bytes
 * @param started seconds until all were there
 * @param resident bytes of its processes' memory that each takes
 * @param taken bytes of the host's memory that each takes, the kernel's for it included
 * @param threads threads that each takes
 * @param descriptors descriptors that each takes
 * @param stopped seconds until no guest ran any more
 * @param closed seconds after that until all was given back
 */
public record CrowdRow(
        String by,
        int machines,
        long memory,
        double started,
        long resident,
        long taken,
        double threads,
        double descriptors,
        double stopped,
        double closed) {

    /** A row; whatever file it comes from, it is somebody's. */
    public CrowdRow {
        Objects.requireNonNull(by, "a crowd of nobody's");
    }
}
