package kvm4j.cli;

import kvm4j.linux.PseudoTerminal;
import kvm4j.machine.Machine;
import kvm4j.machine.Outcome;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintWriter;

/** A serial line to a pseudo-terminal, which others open as they like. */
final class PtyLine implements SerialLine {

    private final PseudoTerminal terminal;
    private final OutputStream output;
    private final PrintWriter messages;

    /**
     * Takes ownership of a terminal, and makes it like a serial line.
     *
     * @param terminal the terminal
     * @param messages gets its path
     */
    PtyLine(PseudoTerminal terminal, PrintWriter messages) {
        this.terminal = terminal;
        this.output = new BufferedOutputStream(terminal.output());
        this.messages = messages;
        terminal.apply(terminal.settings().raw());
    }

    @Override
    public InputStream input() {
        return terminal.input();
    }

    @Override
    public OutputStream output() {
        return output;
    }

    @Override
    public Outcome run(Machine machine) throws IOException {
        Message.tell(messages, "the serial port is " + terminal.path());
        return SerialLine.super.run(machine);
    }

    @Override
    public void close() throws IOException {
        terminal.close();
    }
}
