package kvm4j.cli;

import kvm4j.guests.Guest;

import java.util.Optional;

/**
 * An image that a user named.
 *
 * @param name as the user wrote it
 * @param bytes what it holds
 * @param guest the guest of the catalogue that it is, if it is one
 */
record Image(String name, byte[] bytes, Optional<Guest> guest) {

    /**
     * Finds an image: a guest of the catalogue or, where none has the name, a file.
     *
     * @param name what the user wrote
     * @param limit how large a file may be in bytes
     * @throws Failure if there is none, or it cannot be read
     */
    static Image find(String name, long limit) {
        Optional<Guest> guest = Guest.find(name);
        byte[] bytes =
                guest.map(Guest::image)
                        .or(() -> HostFile.find(name, limit))
                        .orElseThrow(() -> missing(name));
        return new Image(name, bytes, guest);
    }

    private static Failure missing(String name) {
        return new Failure(
                ExitStatus.NO_IMAGE,
                "no such image: '" + name + "' is neither a file nor one of: kvm4j guests");
    }
}
