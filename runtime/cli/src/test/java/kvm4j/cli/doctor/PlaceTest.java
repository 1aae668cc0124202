package kvm4j.cli.doctor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** What to do about a node that this user may not use, on hosts of which we have their files. */
class PlaceTest {

    private static final DeviceNode NODE =
            new DeviceNode(Path.of("/dev/kvm"), "root", "kvm", "rw-rw----", false);

    @TempDir private Path root;

    private String remedy(Map<String, String> environment) {
        return NODE.finding(Place.of(new HostFiles(root), environment)).remedy();
    }

    @Test
    void somebodyWhoLoggedInJoinsTheGroup() {
        assertTrue(remedy(Map.of()).contains("usermod -aG kvm"), remedy(Map.of()));
        assertTrue(remedy(Map.of()).contains("log in again"), remedy(Map.of()));
    }

    @Test
    void nobodyLogsInAgainOnARunner() {
        String remedy = remedy(Map.of("CI", "true"));
        assertTrue(remedy.contains("/etc/udev/rules.d/"), remedy);
        assertEquals(-1, remedy.indexOf("log in again"));
    }

    @Test
    void aContainerIsGivenTheDevice() throws IOException {
        Files.createDirectories(root.resolve("run"));
        Files.createFile(root.resolve("run/.containerenv"));
        assertTrue(remedy(Map.of("CI", "true")).contains("--device /dev/kvm"));
    }
}
