package kvm4j.cli;

import kvm4j.linux.StandardInput;
import kvm4j.machine.Machine;
import kvm4j.machine.Outcome;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintWriter;

/** A serial line to the user's own terminal, which is raw while the guest runs. */
final class TerminalLine implements SerialLine {

    private final StandardInput terminal;
    private final OutputStream output;
    private final PrintWriter messages;
    private final TypedKeys keys = new TypedKeys();

    /**
     * A line to a terminal that is as the user has it until a machine runs.
     *
     * @param terminal the terminal
     * @param output where the guest prints
     * @param messages gets what the user has to know
     */
    TerminalLine(StandardInput terminal, OutputStream output, PrintWriter messages) {
        this.terminal = terminal;
        this.output = output;
        this.messages = messages;
    }

    @Override
    public InputStream input() {
        return new EndOfTransmission(keys);
    }

    @Override
    public OutputStream output() {
        return output;
    }

    @Override
    public String outputName() {
        return "standard output";
    }

    @Override
    public Outcome run(Machine machine) throws IOException {
        EscapeKeys escape = new EscapeKeys(keys, machine::stop, messages);
        Thread typist =
                Thread.ofPlatform().name("kvm4j-keyboard").daemon().unstarted(() -> carry(escape));
        try (RawTerminal _ = RawTerminal.enter(terminal)) {
            typist.start();
            return InterruptibleRun.of(machine, terminal);
        }
    }

    private void carry(EscapeKeys escape) {
        try {
            int key = terminal.read();
            while (key >= 0) {
                escape.typed(key);
                key = terminal.read();
            }
        } catch (IOException e) {
            // Nobody is at the terminal any more.
        }
        keys.end();
    }
}
