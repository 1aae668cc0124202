package kvm4j.linux;

import kvm4j.bindings.libc.Libc;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;

/**
 * The descriptors that every process is started with, unless whoever started it closed one: {@code
 * <&-}, {@code >&-} in a shell. The kernel then gives the number to the next file that is opened,
 * whichever that is, and what is meant for the user goes there.
 */
public enum StandardDescriptor {
    /** Standard input, descriptor 0. */
    INPUT,
    /** Standard output, descriptor 1. */
    OUTPUT,
    /** Standard error, descriptor 2. */
    ERROR;

    private static final Path NULL = Path.of("/dev/null");

    /** In the flags that {@code /proc/self/fdinfo} shows, in octal. */
    private static final long CLOSE_ON_EXEC = 02000000;

    /**
     * Its number.
     *
     * @return 0, 1 or 2
     */
    public int number() {
        return ordinal();
    }

    /**
     * Whether whoever started this process gave it one. What is at the number now may be a file of
     * the JVM's own, which opens some before any program of ours runs: what would have been closed
     * at the start, or lies in the JVM's directory, was not given.
     *
     * @return whether it is open, and not by chance; true where {@code /proc} is missing
     */
    public boolean isInherited() {
        Path fd = Path.of("/proc/self/fd/" + number());
        if (!Files.isDirectory(fd.getParent())) {
            return true;
        }
        try {
            Path file = Files.readSymbolicLink(fd);
            return !file.startsWith(System.getProperty("java.home")) && !isClosedOnExec();
        } catch (IOException notOpen) {
            return false;
        }
    }

    private boolean isClosedOnExec() throws IOException {
        try (var lines = Files.lines(Path.of("/proc/self/fdinfo/" + number()))) {
            return lines.filter(line -> line.startsWith("flags:"))
                    .map(line -> line.substring("flags:".length()).strip())
                    .anyMatch(flags -> (Long.parseLong(flags, 8) & CLOSE_ON_EXEC) != 0);
        }
    }

    /**
     * Those that this process was not started with. Their numbers are taken by {@code /dev/null}
     * from now on, unless something else has them already, so that no file which is opened later
     * gets one of them. To be called before anything else.
     *
     * @return those to be left alone: what is read there is not the user's, and what is written is
     *     lost, or worse
     * @throws LinuxException if {@code /dev/null} cannot be opened
     */
    public static Set<StandardDescriptor> fillGaps() {
        Set<StandardDescriptor> missing = EnumSet.noneOf(StandardDescriptor.class);
        for (StandardDescriptor descriptor : values()) {
            if (!descriptor.isInherited()) {
                missing.add(descriptor);
            }
        }
        if (!missing.isEmpty()) {
            takeFreeNumbers();
        }
        return missing;
    }

    /** The kernel gives the lowest number that is free. */
    private static void takeFreeNumbers() {
        FileDescriptor last;
        do {
            last = FileDescriptor.open(NULL, Libc.O_RDWR());
        } while (last.number() <= ERROR.number());
        last.close();
    }
}
