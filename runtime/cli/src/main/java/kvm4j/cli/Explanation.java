package kvm4j.cli;

import kvm4j.cli.doctor.HostFacts;
import kvm4j.cli.explain.Explained;
import kvm4j.cli.explain.Summary;
import kvm4j.cli.explain.TracingCost;
import kvm4j.machine.Machine;
import kvm4j.machine.MachineBuilder;
import kvm4j.machine.Outcome;
import kvm4j.trace.GuestRecorder;

import java.io.PrintWriter;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Records a guest, and tells of it when its machine is closed: the last VM of a host switches VMX
 * or SVM operation off, which is to be seen too. Tells also when a signal ends the process.
 */
final class Explanation implements Watch {

    private final String image;
    private final String command;
    private final TracingCost cost;
    private final ReportFiles files;
    private final PrintWriter out;
    private final GuestRecorder recorder = GuestRecorder.start();
    private final KernelCounters counters = new KernelCounters();
    private final Thread hook = new Thread(this::tellBeforeTheEnd, "kvm4j-explanation");
    private CompletableFuture<Outcome> outcome;
    private boolean told;

    /**
     * Begins to record.
     *
     * @param image what the user called it
     * @param command how it is run
     * @param cost what that adds to an exit
     * @param files get what was seen
     * @param out gets the tables
     */
    Explanation(
            String image, String command, TracingCost cost, ReportFiles files, PrintWriter out) {
        this.image = image;
        this.command = command;
        this.cost = cost;
        this.files = files;
        this.out = out;
    }

    @Override
    public void watch(MachineBuilder builder) {
        recorder.observe(builder);
        counters.watch(builder);
    }

    /** Tells of a machine also if a signal ends it. */
    @Override
    public void isOf(Machine machine) {
        outcome = machine.outcome();
        Runtime.getRuntime().addShutdownHook(hook);
    }

    private void tellBeforeTheEnd() {
        try {
            outcome.get(Machine.LONGEST_END.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException | ExecutionException | TimeoutException stuck) {
            // what is known is told all the same
        }
        tell();
    }

    /** Once; whoever comes second finds it done. */
    private synchronized void tell() {
        if (told) {
            return;
        }
        told = true;
        Map<String, Long> counted = counters.sums();
        // they keep the VM
        counters.close();
        try (recorder) {
            Explained explained =
                    new Explained(
                            image,
                            command,
                            HostFacts.ofThisHost(),
                            recorder.finish(),
                            counted,
                            Optional.of(cost));
            Summary.print(explained, out);
            files.write(explained);
        }
    }

    @Override
    public void close() {
        if (outcome == null) {
            recorder.close();
            counters.close();
            return;
        }
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException shuttingDown) {
            // the hook tells too, and whichever of the two comes first does
        }
        tell();
    }
}
