package kvm4j.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ThreadFactory;

class TraceSpoolTest {

    private static final ThreadFactory NONE_LEFT =
            task ->
                    new Thread(task) {
                        @Override
                        public void start() {
                            throw new OutOfMemoryError("unable to create native thread");
                        }
                    };

    @TempDir private Path folder;

    /** An instance in a folder that looks like the kernel's, of two processors. */
    private TraceInstance instance() throws Exception {
        Path instances = Files.createDirectory(folder.resolve("instances"));
        TraceInstance instance = new TraceFs(folder).instance("vcpus");
        try (var made = Files.list(instances)) {
            Path own = made.findFirst().orElseThrow();
            for (String cpu : List.of("cpu0", "cpu1")) {
                Path buffer = Files.createDirectories(own.resolve("per_cpu").resolve(cpu));
                Files.createFile(buffer.resolve("trace_pipe_raw"));
            }
        }
        return instance;
    }

    @Test
    void withoutAThreadNothingIsLeftOpen() throws Exception {
        TraceInstance instance = instance();
        new TraceSpool(instance, PageLayout.USUAL, 4096).close();
        List<Path> before = openFiles();
        assertThrows(
                OutOfMemoryError.class,
                () -> new TraceSpool(instance, PageLayout.USUAL, 4096, NONE_LEFT));
        assertEquals(before, openFiles());
    }

    /** Those of the trace: the JVM opens some of its own meanwhile. */
    private List<Path> openFiles() throws IOException {
        try (var descriptors = Files.list(Path.of("/proc/self/fd"))) {
            return descriptors.map(TraceSpoolTest::target).filter(this::isOurs).toList();
        }
    }

    private static Path target(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor);
        } catch (IOException closedMeanwhile) {
            return descriptor;
        }
    }

    private boolean isOurs(Path file) {
        return file.startsWith(folder) || file.getFileName().toString().startsWith("kvm4j-trace-");
    }
}
