package kvm4j.benchmarks.lab;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * What a command of the host printed, on both of its outputs, and how it ended.
 *
 * @param status the exit status
 * @param text what it printed
 */
record CommandOutput(int status, String text) {

    static CommandOutput of(List<String> command) throws LabException {
        try {
            Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getOutputStream().close();
            byte[] output = process.getInputStream().readAllBytes();
            return new CommandOutput(process.waitFor(), new String(output, StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new LabException("no '" + command.getFirst() + "' on this host", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LabException("interrupted", e);
        }
    }

    /** Runs a command that must succeed. */
    static void require(List<String> command) throws LabException {
        CommandOutput output = of(command);
        if (output.status() != 0) {
            throw new LabException(command.getFirst() + " failed: " + output.firstLine());
        }
    }

    String firstLine() {
        return text.lines().findFirst().orElse("");
    }
}
