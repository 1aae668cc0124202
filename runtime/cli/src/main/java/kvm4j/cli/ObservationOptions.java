package kvm4j.cli;

import kvm4j.machine.MachineBuilder;

import picocli.CommandLine.Model.OptionSpec;

import java.io.PrintWriter;
import java.util.List;
import java.util.Optional;

/** What the user wants to see of the guest's exits. */
final class ObservationOptions {

    private final OptionSpec trace =
            OptionSpec.builder("--trace")
                    .type(boolean.class)
                    .initialValue(false)
                    .description("Print each exit on standard error.")
                    .build();

    private final OptionSpec statistics =
            OptionSpec.builder("--stats")
                    .type(boolean.class)
                    .initialValue(false)
                    .description(
                            "Count the exits, and print the counts on standard error, with the"
                                    + " kernel's own.")
                    .build();

    OptionGroup group() {
        return new OptionGroup("Observation", List.of(trace, statistics));
    }

    /**
     * Watches a machine.
     *
     * @param machine the machine
     * @param processors how many it has
     * @param messages gets the trace
     * @return the counts, if they are wanted, to be closed by the caller
     */
    Optional<MachineStatistics> applyTo(
            MachineBuilder machine, int processors, PrintWriter messages) {
        if (trace.<Boolean>getValue()) {
            machine.observer(new ExitTrace(messages));
        }
        if (!statistics.<Boolean>getValue()) {
            return Optional.empty();
        }
        ExitStatistics exits = new ExitStatistics(processors);
        machine.observer(exits);
        KernelCounters kernel = new KernelCounters();
        kernel.watch(machine);
        return Optional.of(new MachineStatistics(exits, kernel));
    }
}
