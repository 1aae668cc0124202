package kvm4j.trace;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;

/**
 * The kernel's tracing, as a file system (Documentation/trace/ftrace.rst).
 *
 * @param root where it is mounted
 */
record TraceFs(Path root) {

    private static final Path MOUNTS = Path.of("/proc/self/mounts");
    private static final Path FILE_SYSTEMS = Path.of("/proc/filesystems");

    /**
     * Finds it.
     *
     * @throws TraceUnavailableException if the kernel has none, it is not mounted, or this user may
     *     not write there
     */
    static TraceFs find() throws TraceUnavailableException {
        return find(MOUNTS, FILE_SYSTEMS);
    }

    /** Finds it by what the kernel says of mounts and file systems. */
    static TraceFs find(Path mounts, Path fileSystems) throws TraceUnavailableException {
        Optional<Path> root =
                lines(mounts)
                        .map(line -> line.split(" "))
                        .filter(mount -> mount.length > 2 && mount[2].equals("tracefs"))
                        .map(mount -> Path.of(mount[1].replace("\\040", " ")))
                        .findFirst();
        if (root.isEmpty()) {
            throw lines(fileSystems).anyMatch(line -> line.endsWith("\ttracefs"))
                    ? new TraceUnavailableException(
                            "tracefs is not mounted",
                            "mount -t tracefs tracefs /sys/kernel/tracing, as root")
                    : new TraceUnavailableException(
                            "this kernel has no tracefs", "use one with CONFIG_TRACING");
        }
        if (!Files.isWritable(root.get().resolve("instances"))) {
            throw new TraceUnavailableException(
                    "user %s may not write to %s"
                            .formatted(System.getProperty("user.name"), root.get()),
                    "run this as root");
        }
        return new TraceFs(root.get());
    }

    private static Stream<String> lines(Path file) {
        try {
            return Files.readAllLines(file).stream();
        } catch (IOException unreadable) {
            return Stream.empty();
        }
    }

    /**
     * The format of an event.
     *
     * @param event its folder, such as {@code kvm/kvm_exit}
     * @return empty if the kernel has no such event, or says nothing that can be understood
     */
    Optional<EventFormat> format(String event) {
        return text("events/" + event + "/format").flatMap(EventFormat::parse);
    }

    /** How the pages of the ring buffers are laid out. */
    PageLayout pageLayout() {
        return text("events/header_page").map(PageLayout::parse).orElse(PageLayout.USUAL);
    }

    /** Whether calls of the kernel's functions can be traced. */
    boolean tracesCalls() {
        return text("available_tracers")
                .filter(tracers -> List.of(tracers.strip().split(" ")).contains("function"))
                .isPresent();
    }

    private Optional<String> text(String file) {
        try {
            return Optional.of(Files.readString(root.resolve(file)));
        } catch (IOException absent) {
            return Optional.empty();
        }
    }

    /**
     * Makes an instance: buffers and switches of our own, so that nobody else's tracing is
     * disturbed. Those of processes that were killed are removed on the way.
     *
     * @param purpose what its name ends with
     * @throws TraceUnavailableException if the kernel makes none
     */
    TraceInstance instance(String purpose) throws TraceUnavailableException {
        removeAbandoned();
        Path folder =
                root.resolve(
                        "instances/kvm4j-%d-%08x-%s"
                                .formatted(
                                        ProcessHandle.current().pid(),
                                        ThreadLocalRandom.current().nextInt(),
                                        purpose));
        try {
            Files.createDirectory(folder);
        } catch (IOException e) {
            throw new TraceUnavailableException(
                    "no trace instance can be made in " + root, String.valueOf(e.getMessage()));
        }
        return new TraceInstance(folder);
    }

    /**
     * A process that is not seen here may live in another namespace of process numbers, with files
     * of its instance open: the kernel removes none such, and nothing is switched off before.
     */
    private void removeAbandoned() {
        try (DirectoryStream<Path> ours =
                Files.newDirectoryStream(root.resolve("instances"), "kvm4j-*")) {
            for (Path folder : ours) {
                String[] name = folder.getFileName().toString().split("-");
                if (name.length > 1 && !Files.exists(Path.of("/proc", name[1]))) {
                    remove(folder);
                }
            }
        } catch (IOException unreadable) {
            // whoever may not look has nothing to tidy up
        }
    }

    private static void remove(Path folder) {
        try {
            Files.deleteIfExists(folder);
        } catch (IOException inUse) {
            // it is somebody's after all
        }
    }
}
