package kvm4j.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

class TraceFsTest {

    @TempDir Path folder;

    private Path file(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }

    private String refusal(String mounts, String fileSystems) throws IOException {
        Path mounted = file("mounts", mounts);
        Path known = file("filesystems", fileSystems);
        return assertThrows(TraceUnavailableException.class, () -> TraceFs.find(mounted, known))
                .getMessage();
    }

    @Test
    void whereItIsNotMountedTheRemedyIsToMountIt() throws IOException {
        String message = refusal("proc /proc proc rw 0 0\n", "nodev\tproc\nnodev\ttracefs\n");
        assertTrue(message.contains("mount -t tracefs"), message);
    }

    @Test
    void aKernelWithoutItIsNamed() throws IOException {
        String message = refusal("proc /proc proc rw 0 0\n", "nodev\tproc\n");
        assertTrue(message.contains("CONFIG_TRACING"), message);
    }

    @Test
    void whoMayNotWriteThereIsTold() throws IOException {
        String message = refusal("t " + folder.resolve("absent") + " tracefs rw 0 0\n", "");
        assertTrue(message.contains("may not write"), message);
    }

    @Test
    void instancesOfTheSameNameDoNotMeet() throws Exception {
        Files.createDirectory(folder.resolve("instances"));
        TraceFs kernel = new TraceFs(folder);
        kernel.instance("vcpus");
        kernel.instance("vcpus");
        assertEquals(2, instances());
    }

    /** A folder that is not empty cannot be removed, as an instance whose files are open cannot. */
    @Test
    void whatAProcessLeftBehindIsRemovedAndWhatIsInUseIsLeftAlone() throws Exception {
        Path all = Files.createDirectory(folder.resolve("instances"));
        long gone = Long.MAX_VALUE;
        Files.createDirectory(all.resolve("kvm4j-" + gone + "-abandoned"));
        Path used = Files.createDirectory(all.resolve("kvm4j-" + gone + "-used"));
        Path open = Files.writeString(used.resolve("tracing_on"), "1");
        new TraceFs(folder).instance("vcpus");
        assertEquals(2, instances());
        assertEquals("1", Files.readString(open));
    }

    private int instances() {
        return folder.resolve("instances").toFile().list().length;
    }

    @Test
    void itIsFoundWhereverItIsMounted() throws Exception {
        Path root = Files.createDirectories(folder.resolve("with a blank"));
        Files.createDirectory(root.resolve("instances"));
        String mount = "t %s tracefs rw 0 0\n".formatted(root).replace("with a", "with\\040a");
        mount = mount.replace("a blank", "a\\040blank");
        assertEquals(root, TraceFs.find(file("mounts", mount), file("filesystems", "")).root());
    }
}
