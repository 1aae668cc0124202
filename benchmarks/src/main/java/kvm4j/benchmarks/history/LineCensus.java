package kvm4j.benchmarks.history;

import java.nio.file.Path;
import java.util.function.Consumer;

/** Counts what lines are, since a file without a single good one is no history. */
final class LineCensus implements Consumer<Line> {

    private int good;
    private Line.Damaged firstDamaged;

    @Override
    public void accept(Line line) {
        switch (line) {
            case Line.Result _, Line.Newer _ -> good++;
            case Line.Damaged damaged when firstDamaged == null -> firstDamaged = damaged;
            case Line.Damaged _ -> {}
        }
    }

    void requireHistory(Path file) throws NotAHistoryException {
        if (good == 0 && firstDamaged != null) {
            throw new NotAHistoryException("%s is not a history: %s".formatted(file, firstDamaged));
        }
    }
}
