package kvm4j.linux;

import kvm4j.bindings.libc.Libc;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;

/**
 * A terminal that another process opens by its path, and whose far end is here: {@code pty(7)}.
 *
 * <p>It begins as terminals do, with echo and lines; with {@linkplain TerminalSettings#raw() raw}
 * settings it is like a serial line. Other processes may open and close it as often as they like:
 * what is written while nobody has it open is dropped, and reading waits until somebody has.
 */
public final class PseudoTerminal implements AutoCloseable {

    private static final String NAME = "pseudo-terminal";

    private static final Path MULTIPLEXER = Path.of("/dev/ptmx");

    private static final Ioctl TIOCSPTLCK = new Ioctl("TIOCSPTLCK", Libc.TIOCSPTLCK());
    private static final Ioctl TIOCGPTN = new Ioctl("TIOCGPTN", Libc.TIOCGPTN());

    /** How long output waits for somebody who has the terminal open, but does not read. */
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    private static final Duration GLANCE = Duration.ofMillis(5);

    private final FileDescriptor descriptor;
    private final Path path;
    private final Duration patience;
    private final Input input;
    private final Output output;

    private PseudoTerminal(FileDescriptor descriptor, Path path, Duration patience) {
        this.descriptor = descriptor;
        this.path = path;
        this.patience = patience;
        this.input = new Input(descriptor);
        try {
            this.output = new Output(descriptor, patience);
        } catch (Throwable noneLeft) {
            input.close();
            throw noneLeft;
        }
    }

    /**
     * Makes a new one.
     *
     * @return the terminal
     * @throws LinuxException if the system has no more
     */
    public static PseudoTerminal open() {
        return open(PATIENCE);
    }

    /** Makes one that waits longer, or less, for whoever has it open but does not read. */
    static PseudoTerminal open(Duration patience) {
        FileDescriptor descriptor =
                FileDescriptor.open(
                        MULTIPLEXER, Libc.O_RDWR() | Libc.O_NOCTTY() | Libc.O_NONBLOCK());
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment number = arena.allocate(ValueLayout.JAVA_INT);
            descriptor.ioctl(TIOCSPTLCK, number);
            descriptor.ioctl(TIOCGPTN, number);
            Path path = Path.of("/dev/pts/" + number.get(ValueLayout.JAVA_INT, 0));
            // once it was open, it counts as closed
            openOtherEnd(path).close();
            return new PseudoTerminal(descriptor, path, patience);
        } catch (Throwable e) {
            descriptor.close();
            throw e;
        }
    }

    private static FileDescriptor openOtherEnd(Path path) {
        return FileDescriptor.open(path, Libc.O_RDWR() | Libc.O_NOCTTY() | Libc.O_NONBLOCK());
    }

    private static TerminalSettings settings(FileDescriptor descriptor) {
        return TerminalSettings.of(descriptor).orElseThrow();
    }

    /**
     * Where others open it.
     *
     * @return the device node, such as {@code /dev/pts/3}
     */
    public Path path() {
        return path;
    }

    /**
     * Its settings, which whoever has it open may change: {@code TCGETS}.
     *
     * @return the settings
     * @throws IllegalStateException if it is closed
     */
    public TerminalSettings settings() {
        return settings(descriptor);
    }

    /**
     * Changes its settings: {@code TCSETS}.
     *
     * @param settings the new settings
     * @throws IllegalStateException if it is closed
     */
    public void apply(TerminalSettings settings) {
        settings.applyTo(descriptor);
    }

    /**
     * What others write to it.
     *
     * @return a stream that ends when it, or this, is closed; to close it closes nothing else
     */
    public InputStream input() {
        return input;
    }

    /**
     * What others read from it. If somebody has it open but reads nothing for a second, what is
     * written is dropped until they do.
     *
     * @return a stream without a buffer
     */
    public OutputStream output() {
        return output;
    }

    /**
     * Ends the reading and closes this end, which hangs up on whoever has the terminal open; they
     * have a second to read what was written before. Does nothing the second time.
     */
    @Override
    public void close() {
        if (descriptor.isClosed()) {
            return;
        }
        input.close();
        output.close();
        awaitReaders();
        descriptor.close();
    }

    private void awaitReaders() {
        long deadline = System.nanoTime() + patience.toNanos();
        while (!isHungUp(descriptor) && isUnread() && System.nanoTime() < deadline) {
            LockSupport.parkNanos(GLANCE.toNanos());
        }
    }

    /** Whether nobody has it open. */
    private static boolean isHungUp(FileDescriptor descriptor) {
        return (descriptor.poll(0) & Libc.POLLHUP()) != 0;
    }

    /**
     * Whether the other end has something to read. A poll there waits for what the kernel is still
     * taking across, which FIONREAD would not count.
     */
    private boolean isUnread() {
        try (FileDescriptor otherEnd = openOtherEnd(path)) {
            return (otherEnd.poll(Libc.POLLIN()) & Libc.POLLIN()) != 0;
        }
    }

    private static final class Input extends PolledInput {

        Input(FileDescriptor descriptor) {
            super(new PolledDescriptor(descriptor, Libc.POLLIN()), NAME);
        }

        /** Nobody has it open (EIO), or somebody took back what there was. */
        @Override
        boolean isPassing(int errno) {
            return errno == Libc.EIO() || errno == Libc.EAGAIN();
        }
    }

    private static final class Output extends OutputStream {

        private final FileDescriptor terminal;
        private final PolledDescriptor descriptor;
        private final int patience;
        private boolean ignored;

        Output(FileDescriptor terminal, Duration patience) {
            this.terminal = terminal;
            this.descriptor = new PolledDescriptor(terminal, Libc.POLLOUT());
            this.patience = Math.toIntExact(patience.toMillis());
        }

        @Override
        public void write(int value) throws IOException {
            write(new byte[] {(byte) value}, 0, 1);
        }

        @Override
        public void write(byte[] source, int offset, int length) throws IOException {
            Objects.checkFromIndexSize(offset, length, source.length);
            if (!descriptor.begin()) {
                throw new IOException(NAME + " is closed");
            }
            try {
                int done = 0;
                while (done < length && !isHungUp(terminal)) {
                    int count = Math.min(PolledDescriptor.BUFFER_SIZE, length - done);
                    MemorySegment.copy(
                            source,
                            offset + done,
                            descriptor.buffer(),
                            ValueLayout.JAVA_BYTE,
                            0,
                            count);
                    send(count);
                    done += count;
                }
            } catch (LinuxException e) {
                throw e.asIOException(NAME);
            } finally {
                descriptor.end();
            }
        }

        private void send(int length) throws IOException {
            int sent = 0;
            while (sent < length) {
                long count = descriptor.tryWrite(sent, length - sent);
                if (count >= 0) {
                    ignored = false;
                    sent += (int) count;
                } else if (!mayGoOn((int) -count)) {
                    return;
                }
            }
        }

        private boolean mayGoOn(int errno) throws IOException {
            if (errno == Libc.EINTR()) {
                return true;
            }
            if (errno == Libc.EAGAIN()) {
                ignored = ignored || !awaitRoom();
                // full, and let go: there is room for nothing until somebody opens it again
                return !ignored && !isHungUp(terminal);
            }
            if (errno == Libc.EIO()) {
                return false; // nobody has it open any more
            }
            throw new LinuxException("write(" + NAME + ")", errno);
        }

        private boolean awaitRoom() throws IOException {
            return switch (descriptor.await(patience)) {
                case READY -> true;
                case TIMED_OUT -> false;
                case CLOSED -> throw new IOException(NAME + " is closed");
            };
        }

        @Override
        public void close() {
            descriptor.close();
        }
    }
}
