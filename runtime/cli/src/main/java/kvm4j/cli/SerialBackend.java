package kvm4j.cli;

import kvm4j.linux.PseudoTerminal;
import kvm4j.linux.StandardInput;

import java.io.BufferedOutputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.file.Path;

/** What a user wants a guest's serial port to be connected to. */
@FunctionalInterface
interface SerialBackend {

    /** All there are, for help and errors. */
    String NAMES = "stdio, file:PATH, pty, none";

    /**
     * Makes the connection.
     *
     * @param console the standard streams
     * @param messages gets what the user has to know
     * @throws Failure if it cannot be made
     */
    SerialLine open(Console console, PrintWriter messages);

    /**
     * Finds a backend by its name.
     *
     * @throws IllegalArgumentException if there is none
     */
    static SerialBackend parse(String text) {
        return switch (text) {
            case "stdio" -> SerialBackend::openStandardStreams;
            case "pty" -> (console, messages) -> new PtyLine(PseudoTerminal.open(), messages);
            case "none" -> (console, messages) -> new OutputLine(OutputStream.nullOutputStream());
            default -> {
                if (!text.startsWith("file:") || text.equals("file:")) {
                    throw new IllegalArgumentException("'" + text + "' is none of: " + NAMES);
                }
                Path file = Path.of(text.substring("file:".length()));
                yield (console, messages) ->
                        new OutputLine(new BufferedOutputStream(OutputFile.create(file)));
            }
        };
    }

    private static SerialLine openStandardStreams(Console console, PrintWriter messages) {
        if (console.input() instanceof StandardInput input && input.terminal().isPresent()) {
            return new TerminalLine(input, console.output(), messages);
        }
        return new StreamLine(
                new EndOfTransmission(new ReportingInput(console.input(), messages)),
                console.guestOutput());
    }
}
