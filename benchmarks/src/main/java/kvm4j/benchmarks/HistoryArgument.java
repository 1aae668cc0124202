package kvm4j.benchmarks;

import kvm4j.benchmarks.history.HistoryFile;
import kvm4j.benchmarks.history.Line;
import kvm4j.benchmarks.history.NotAHistoryException;
import kvm4j.text.Printable;

import picocli.CommandLine.Model.CommandSpec;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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
        PassedOver passedOver = new PassedOver();
        new HistoryFile(file).read(lines.andThen(passedOver));
        passedOver.print(file, spec.commandLine().getErr());
    }

    private static void note(PrintWriter messages, Path file, Line line) {
        messages.println(Printable.of("note: passed over in " + file + ": " + line));
    }

    /** Keeps the first few, since a file may have millions. */
    private static final class PassedOver implements Consumer<Line> {

        private final List<Line> first = new ArrayList<>();
        private int more;

        @Override
        public void accept(Line line) {
            if (line instanceof Line.Result) {
                return;
            }
            if (first.size() < NOTES) {
                first.add(line);
            } else {
                more++;
            }
        }

        void print(Path file, PrintWriter messages) {
            first.forEach(line -> note(messages, file, line));
            if (more > 0) {
                messages.println("note: and " + more + " more");
            }
            messages.flush();
        }
    }
}
