package kvm4j.cli;

import picocli.CommandLine;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;

/** Runs the command line in this process. */
final class InProcess {

    private InProcess() {}

    /** Runs it with nothing on standard input. */
    static Result run(String... arguments) {
        return runWithInput("", arguments);
    }

    static Result runWithInput(String input, String... arguments) {
        ByteArrayOutputStream console = new ByteArrayOutputStream();
        StringWriter out = new StringWriter();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Console streams =
                new Console(
                        new ByteArrayInputStream(input.getBytes(StandardCharsets.ISO_8859_1)),
                        console,
                        err);
        CommandLine command = KvmCommand.commandLine(() -> streams);
        int status =
                command.setOut(new PrintWriter(out))
                        .setErr(new PrintWriter(err, true, StandardCharsets.ISO_8859_1))
                        .execute(arguments);
        return new Result(
                status,
                out + console.toString(StandardCharsets.ISO_8859_1),
                err.toString(StandardCharsets.ISO_8859_1));
    }
}
