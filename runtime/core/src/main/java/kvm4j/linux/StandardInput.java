package kvm4j.linux;

import kvm4j.bindings.libc.Libc;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/**
 * The process's standard input, as a stream that can be closed while a thread waits in it, and, if
 * it is a terminal, the terminal's settings.
 *
 * <p>{@code System.in} cannot, and a thread that waits there keeps {@link System#exit} waiting as
 * well, for 0.3 s.
 */
public final class StandardInput extends PolledInput {

    private static final String NAME = "standard input";

    /** Never closed. */
    private static final FileDescriptor DESCRIPTOR = new FileDescriptor(0, NAME);

    private static final Ioctl TIOCGPGRP = new Ioctl("TIOCGPGRP", Libc.TIOCGPGRP());

    /** Opens standard input, from which nobody else should read then. */
    public StandardInput() {
        super(PolledDescriptor.inherited(DESCRIPTOR.number(), NAME, Libc.POLLIN()), NAME);
    }

    @Override
    boolean isPassing(int errno) {
        return false;
    }

    /**
     * The settings of the terminal that standard input is: {@code TCGETS}.
     *
     * @return the settings; nothing if it is no terminal, or one that another job of its session
     *     has to itself, as when this process is a background job
     */
    public Optional<TerminalSettings> terminal() {
        return TerminalSettings.of(DESCRIPTOR).filter(settings -> inForeground());
    }

    private static boolean inForeground() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment group = arena.allocate(ValueLayout.JAVA_INT);
            int result = DESCRIPTOR.tryIoctl(TIOCGPGRP, group);
            // a terminal that is not the session's own has no jobs
            return result < 0
                    || group.get(ValueLayout.JAVA_INT, 0) == SystemCall.call(Libc.SYS_getpgrp());
        }
    }

    /**
     * Changes the settings of the terminal that standard input is, at once: {@code TCSETS}. What
     * was typed and not yet read stays.
     *
     * @param settings the new settings
     * @throws LinuxException if it is no terminal
     */
    public void apply(TerminalSettings settings) {
        settings.applyTo(DESCRIPTOR);
    }
}
