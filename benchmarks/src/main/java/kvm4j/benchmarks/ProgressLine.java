package kvm4j.benchmarks;

import kvm4j.benchmarks.lab.Progress;

import java.io.PrintWriter;
import java.time.Duration;

/** Progress on one line of a terminal, or on a line for each step where there is none. */
final class ProgressLine implements Progress {

    private static final String REWRITE = "\r\033[K";

    private final PrintWriter out;
    private final boolean terminal;

    ProgressLine(PrintWriter out, boolean terminal) {
        this.out = out;
        this.terminal = terminal;
    }

    @Override
    public void reached(String what, double done, Duration remaining) {
        String line =
                "%3.0f %%  about %d:%02d left  %s"
                        .formatted(
                                done * 100, remaining.toMinutes(), remaining.toSecondsPart(), what);
        if (terminal) {
            out.print(REWRITE + line);
        } else {
            out.println(line);
        }
        out.flush();
    }

    /** Removes the line. */
    void end() {
        if (terminal) {
            out.print(REWRITE);
            out.flush();
        }
    }
}
