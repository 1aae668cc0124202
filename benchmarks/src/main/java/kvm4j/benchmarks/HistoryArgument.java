package kvm4j.benchmarks;

import kvm4j.benchmarks.history.HistoryFile;
import kvm4j.benchmarks.history.Line;
import kvm4j.benchmarks.history.NotAHistoryException;

import picocli.CommandLine.Model.CommandSpec;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.function.Consumer;

/** A history named on the command line. */
final class HistoryArgument {

    private static final int NOTES = 5;

    private HistoryArgument() {}

    /**
     * Reads a history, and says on the error output which lines of it are passed over.
     *
     * @throws NoSuchFileException if there is no such file
     * @throws NotAHistoryException if it is something else
     */
    static void read(CommandSpec spec, Path file, Consumer<Line> lines) throws IOException {
        PassedOver passedOver = new PassedOver(file, spec.commandLine().getErr());
        new HistoryFile(file).read(lines.andThen(passedOver));
        passedOver.end();
    }

    /** Names the first few, since a file may have millions. */
    private static final class PassedOver implements Consumer<Line> {

        private final Path file;
        private final PrintWriter messages;
        private int count;

        PassedOver(Path file, PrintWriter messages) {
            this.file = file;
            this.messages = messages;
        }

        @Override
        public void accept(Line line) {
            if (!(line instanceof Line.Result) && ++count <= NOTES) {
                messages.println("note: passed over in " + file + ": " + line);
            }
        }

        void end() {
            if (count > NOTES) {
                messages.println("note: and " + (count - NOTES) + " more");
            }
            messages.flush();
        }
    }
}
