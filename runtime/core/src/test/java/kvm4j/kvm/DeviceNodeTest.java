package kvm4j.kvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Optional;

/** Two looks at a node tell whether it is the same one. */
class DeviceNodeTest {

    @TempDir private Path folder;
    private Path place;

    @BeforeEach
    void makeNode() throws IOException {
        place = Files.createFile(folder.resolve("kvm"));
    }

    @Test
    void aNodeIsTheSameAsLongAsItIsThere() {
        assertEquals(DeviceNode.at(place), DeviceNode.at(place));
        assertEquals(DeviceNode.at(place).hashCode(), DeviceNode.at(place).hashCode());
    }

    @Test
    void aNodeThatWasMadeAnewIsAnother() throws IOException {
        Optional<DeviceNode> before = DeviceNode.at(place);
        Files.delete(place);
        Files.createFile(place);
        Files.setLastModifiedTime(place, FileTime.fromMillis(1));
        assertNotEquals(before, DeviceNode.at(place));
    }

    @Test
    void nothingIsNoNode() throws IOException {
        Files.delete(place);
        assertEquals(Optional.empty(), DeviceNode.at(place));
    }
}
