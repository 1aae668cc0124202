package kvm4j.cli;

import kvm4j.boot.ImageFile;
import kvm4j.guests.Guest;

import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * An image that a user named.
 *
 * @param name as the user wrote it
 * @param file what it holds
 * @param guest the guest of the catalogue that it is, if it is one
 */
record Image(String name, ImageFile file, Optional<Guest> guest) {

    /**
     * Finds an image: a guest of the catalogue or, where none has the name, a file.
     *
     * @param name what the user wrote
     * @param limit how much to read of what is no regular file, in bytes
     * @throws Failure if there is none, or it cannot be read
     */
    static Image find(String name, long limit) {
        Optional<Guest> guest = Guest.find(name);
        MemorySegment bytes =
                guest.map(Guest::image)
                        .map(MemorySegment::ofArray)
                        .or(() -> HostFile.find(name, limit))
                        .orElseThrow(() -> missing(name));
        return new Image(name, ImageFile.of(bytes), guest);
    }

    private static Failure missing(String name) {
        return new Failure(
                ExitStatus.NO_IMAGE,
                "no such image: '" + name + "' is neither a file nor one of: kvm4j guests");
    }
}
