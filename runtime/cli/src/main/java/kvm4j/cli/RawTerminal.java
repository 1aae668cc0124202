package kvm4j.cli;

import kvm4j.linux.LinuxException;
import kvm4j.linux.StandardInput;
import kvm4j.linux.TerminalSettings;

/**
 * The user's terminal while it passes every key on, until this is closed or the process ends,
 * whatever ends it but SIGKILL.
 */
final class RawTerminal implements AutoCloseable {

    private final StandardInput terminal;
    private final TerminalSettings before;
    private final Thread restoring = new Thread(this::restore, "kvm4j-terminal");
    private boolean restored;

    private RawTerminal(StandardInput terminal, TerminalSettings before) {
        this.terminal = terminal;
        this.before = before;
    }

    /**
     * Makes the terminal raw.
     *
     * @param terminal standard input, a terminal
     */
    static RawTerminal enter(StandardInput terminal) {
        RawTerminal raw = new RawTerminal(terminal, terminal.terminal().orElseThrow());
        raw.enter();
        return raw;
    }

    /** A signal may end the process at any time; what it restores has to stay so. */
    private synchronized void enter() {
        try {
            Runtime.getRuntime().addShutdownHook(restoring);
        } catch (IllegalStateException shuttingDown) {
            return;
        }
        terminal.apply(before.withRawInput());
    }

    private synchronized void restore() {
        if (!restored) {
            restored = true;
            try {
                terminal.apply(before);
            } catch (LinuxException e) {
                // The terminal is gone, and nobody misses its settings.
            }
        }
    }

    @Override
    public void close() {
        restore();
        try {
            Runtime.getRuntime().removeShutdownHook(restoring);
        } catch (IllegalStateException shuttingDown) {
            // The hook runs, and finds nothing left to do.
        }
    }
}
