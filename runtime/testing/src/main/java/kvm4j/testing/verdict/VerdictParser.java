package kvm4j.testing.verdict;

import java.util.function.Consumer;

/** Finds the verdicts of one format in a guest's lines. */
interface VerdictParser {

    /**
     * Looks at a line.
     *
     * @param line without its end, control characters and colours
     * @param verdicts gets what the line completes
     * @return whether the line is of this format, so that no other has to look at it
     */
    boolean accept(String line, Consumer<Verdict> verdicts);

    /**
     * The guest has ended.
     *
     * @param verdicts gets what is still open
     */
    void end(Consumer<Verdict> verdicts);
}
