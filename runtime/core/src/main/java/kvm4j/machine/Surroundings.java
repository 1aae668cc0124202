package kvm4j.machine;

import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * What one machine has around it, and none that is forked from it.
 *
 * @param input where the guest's serial input comes from
 * @param output where its serial output goes
 * @param outputName what messages call that
 * @param outputPatience how long that may take once the guest has ended the machine
 * @param timeLimit how long it may run
 * @param observer who sees its exits
 * @param machineObservers who sees its life
 */
record Surroundings(
        Optional<InputStream> input,
        Optional<OutputStream> output,
        String outputName,
        Duration outputPatience,
        Optional<Duration> timeLimit,
        Optional<ExitObserver> observer,
        List<Supplier<? extends MachineObserver>> machineObservers) {

    /** Asks for those who see the life of a machine that is about to be built. */
    Optional<MachineObserver> onlooker() {
        return machineObservers.stream()
                .<MachineObserver>map(Supplier::get)
                .reduce(MachineObservers::new);
    }
}
