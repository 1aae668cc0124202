package kvm4j.cli;

import picocli.CommandLine.Model.OptionSpec;

import java.io.PrintWriter;
import java.util.List;

/** Where the guest's console is. */
final class ConsoleOptions {

    private final OptionSpec serial =
            OptionSpec.builder("--serial")
                    .paramLabel("WHERE")
                    .type(SerialBackend.class)
                    .defaultValue("stdio")
                    .description(
                            "What the serial port COM1 is connected to: stdio; file:PATH, for"
                                    + " output only; pty, a new pseudo-terminal, whose path is"
                                    + " printed; or none. Default: stdio.")
                    .build();

    OptionGroup group() {
        return new OptionGroup("Console", List.of(serial));
    }

    /**
     * Connects the serial port.
     *
     * @param console the standard streams
     * @param messages gets what the user has to know
     * @throws Failure if that cannot be done
     */
    SerialLine open(Console console, PrintWriter messages) {
        return serial.<SerialBackend>getValue().open(console, messages);
    }
}
