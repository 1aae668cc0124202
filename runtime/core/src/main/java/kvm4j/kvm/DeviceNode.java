package kvm4j.kvm;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The node that a {@link Kvm} was opened by, as a key for what it answers to everybody: that needs
 * to be asked only once. A node that was made anew is another one, since it is of a module that was
 * loaded anew, perhaps with other parameters.
 */
public final class DeviceNode {

    /** A list, as a record's hash code would be linked for the first machine's sake. */
    private final List<Object> marks;

    private DeviceNode(Path path, BasicFileAttributes attributes) {
        this.marks = Arrays.asList(path, attributes.fileKey(), attributes.lastModifiedTime());
    }

    /**
     * The node at a path: {@code stat(2)}.
     *
     * @param path where
     * @return the node that is there now, if one is
     */
    public static Optional<DeviceNode> at(Path path) {
        try {
            return Optional.of(
                    new DeviceNode(path, Files.readAttributes(path, BasicFileAttributes.class)));
        } catch (IOException gone) {
            return Optional.empty();
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof DeviceNode node && node.marks.equals(marks);
    }

    @Override
    public int hashCode() {
        return marks.hashCode();
    }

    @Override
    public String toString() {
        return marks.getFirst().toString();
    }
}
