package kvm4j.cli.doctor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;

/**
 * The node through which KVM is reached.
 *
 * @param path where it is
 * @param owner the user that it belongs to
 * @param group the group that it belongs to
 * @param permissions such as {@code rw-rw----}
 * @param accessible whether this process may read and write it
 */
record DeviceNode(Path path, String owner, String group, String permissions, boolean accessible) {

    /** The node at a path; empty if there is none. */
    static Optional<DeviceNode> at(Path path) {
        try {
            PosixFileAttributes attributes = Files.readAttributes(path, PosixFileAttributes.class);
            return Optional.of(
                    new DeviceNode(
                            path,
                            attributes.owner().getName(),
                            attributes.group().getName(),
                            PosixFilePermissions.toString(attributes.permissions()),
                            Files.isReadable(path) && Files.isWritable(path)));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            return Optional.of(new DeviceNode(path, "?", "?", "?", false));
        }
    }

    /**
     * What there is to say about it.
     *
     * @param place where this process runs, which decides what can be done
     */
    Finding finding(Place place) {
        String user = System.getProperty("user.name");
        String value = "%s %s %s:%s".formatted(path, permissions, owner, group);
        if (accessible) {
            return Finding.ok(Topic.DEVICE, "node", value + ", accessible to " + user);
        }
        return Finding.failure(
                Topic.DEVICE,
                "node",
                value + ", not accessible to " + user,
                place.accessRemedy(this, user));
    }
}
