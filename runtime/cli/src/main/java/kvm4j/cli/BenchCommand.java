package kvm4j.cli;

import picocli.CommandLine.Model.CommandSpec;

/**
 * {@code kvm4j bench}, as far as it is known here: the launcher starts it as an application of its
 * own, where it is the first argument.
 */
final class BenchCommand implements Runnable {

    static final String NAME = "bench";

    private final CommandSpec spec = CommandSpec.wrapWithoutInspection(this).name(NAME);

    CommandSpec spec() {
        spec.usageMessage()
                .header("Measures what VM exits cost on this host, in Java and in C.")
                .description(
                        "An application of its own, which the launcher of a checkout builds and"
                                + " starts: kvm4j bench --help tells its options.");
        spec.parser().unmatchedArgumentsAllowed(true);
        return spec;
    }

    @Override
    public void run() {
        throw new Failure(
                ExitStatus.UNAVAILABLE,
                "bench is an application of its own: start it as the first argument, kvm4j bench,"
                        + " from a checkout");
    }
}
