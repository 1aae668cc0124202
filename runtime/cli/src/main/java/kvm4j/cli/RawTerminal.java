package kvm4j.cli;

import kvm4j.linux.LinuxException;
import kvm4j.linux.StandardInput;
import kvm4j.linux.TerminalSettings;

import java.util.Optional;

/**
 * The user's terminal while it passes every key on, until this is closed or the process ends,
 * whatever ends it but SIGKILL.
 */
final class RawTerminal implements AutoCloseable {

    private final StandardInput terminal;
    private final Thread restoring = new Thread(this::restore, "kvm4j-terminal");
    private final JobControl jobControl;
    private TerminalSettings before;
    private boolean restored;

    private RawTerminal(StandardInput terminal, TerminalSettings before) {
        this.terminal = terminal;
        this.before = before;
        this.jobControl = JobControl.watch(this::leaveToOthers, this::takeBack);
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

    /** The shell, to which the terminal goes when a job stops, need not restore it. */
    private synchronized void leaveToOthers() {
        if (!restored) {
            terminal.apply(before);
        }
    }

    /** After {@code fg}; after {@code bg} it is somebody else's still. */
    private synchronized void takeBack() {
        Optional<TerminalSettings> now = restored ? Optional.empty() : terminal.terminal();
        now.ifPresent(
                settings -> {
                    if (!settings.equals(before.withRawInput())) {
                        before = settings;
                    }
                    terminal.apply(before.withRawInput());
                });
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
        jobControl.close();
        try {
            Runtime.getRuntime().removeShutdownHook(restoring);
        } catch (IllegalStateException shuttingDown) {
            // The hook runs, and finds nothing left to do.
        }
    }
}
