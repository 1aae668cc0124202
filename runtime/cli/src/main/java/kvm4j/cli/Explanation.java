package kvm4j.cli;

import kvm4j.cli.doctor.HostFacts;
import kvm4j.cli.explain.Explained;
import kvm4j.cli.explain.Summary;
import kvm4j.cli.explain.TracingCost;
import kvm4j.machine.Machine;
import kvm4j.machine.MachineBuilder;
import kvm4j.trace.GuestRecorder;

import java.io.PrintWriter;
import java.util.Map;
import java.util.Optional;

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
    private Optional<AtTheEnd> atTheEnd = Optional.empty();

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

    @Override
    public void isOf(Machine machine) {
        atTheEnd = Optional.of(AtTheEnd.of(machine, this::tell));
    }

    private void tell() {
        Map<String, Long> counted = counters.sums();
        // they keep the VM
        counters.close();
        Explained explained =
                new Explained(
                        image,
                        command,
                        HostFacts.ofThisHost(),
                        recorder.finish(),
                        counted,
                        Optional.of(cost));
        recorder.close();
        Summary.print(explained, out);
        files.write(explained);
    }

    @Override
    public void close() {
        try (recorder;
                counters) {
            atTheEnd.ifPresent(AtTheEnd::close);
        }
    }
}
