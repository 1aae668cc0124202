package kvm4j.testing.fuzz;

import kvm4j.machine.Outcome;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Predicate;

/**
 * How a guest is fuzzed.
 *
 * @param timeLimit how long the guest may take for one input; after that it hangs
 * @param longestInput how many bytes of an input the guest gets at most, should its buffer have
 *     room for more
 * @param passing which ends are no findings
 * @param findings the folder in which inputs of findings are saved, made with the first
 */
public record FuzzOptions(
        Duration timeLimit, int longestInput, Predicate<Outcome> passing, Path findings) {

    /**
     * One second for each input, 1 MiB at most, exit code 0 and power off pass, and findings go to
     * {@code fuzz-findings} in the working directory.
     */
    public static final FuzzOptions DEFAULT =
            new FuzzOptions(
                    Duration.ofSeconds(1),
                    1 << 20,
                    outcome ->
                            outcome.equals(new Outcome.Exited(0))
                                    || outcome instanceof Outcome.PoweredOff,
                    Path.of("fuzz-findings"));

    /**
     * Looks at the values.
     *
     * @throws IllegalArgumentException if the time limit is not more than zero, or the longest
     *     input has less than one byte
     */
    public FuzzOptions {
        if (!timeLimit.isPositive()) {
            throw new IllegalArgumentException("a time limit must be more than 0");
        }
        if (longestInput < 1) {
            throw new IllegalArgumentException(
                    "the longest input has one byte at least: " + longestInput);
        }
        Objects.requireNonNull(passing);
        Objects.requireNonNull(findings);
    }

    /**
     * The same with another time limit.
     *
     * @param limit for each input, more than zero
     * @return a copy
     * @throws IllegalArgumentException if it is not
     */
    public FuzzOptions withTimeLimit(Duration limit) {
        return new FuzzOptions(limit, longestInput, passing, findings);
    }

    /**
     * The same with other longest inputs.
     *
     * @param bytes how long at most, one at least
     * @return a copy
     * @throws IllegalArgumentException if it is less
     */
    public FuzzOptions withLongestInput(int bytes) {
        return new FuzzOptions(timeLimit, bytes, passing, findings);
    }

    /**
     * The same with other ends that are no findings. The exit code is what the guest writes to port
     * 0xf4, whatever the machine's exit device makes of it.
     *
     * @param ends answers whether an end is none
     * @return a copy
     */
    public FuzzOptions withPassing(Predicate<Outcome> ends) {
        return new FuzzOptions(timeLimit, longestInput, ends, findings);
    }

    /**
     * The same with another folder for the inputs of findings.
     *
     * @param folder made when it is needed
     * @return a copy
     */
    public FuzzOptions withFindings(Path folder) {
        return new FuzzOptions(timeLimit, longestInput, passing, folder);
    }
}
