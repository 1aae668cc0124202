package kvm4j.benchmarks.crowd;

import kvm4j.benchmarks.kind.Workload;
import kvm4j.benchmarks.lab.ContestantProcess;
import kvm4j.benchmarks.lab.Floor;
import kvm4j.benchmarks.lab.LabException;
import kvm4j.benchmarks.lab.Qemu;
import kvm4j.benchmarks.result.CrowdRow;
import kvm4j.linux.LinuxException;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What crowds of machines take: kvm4j's, one in C, and QEMU's. */
public final class CrowdMeasurement {

    private static final Workload.Sleep WORKLOAD = new Workload.Sleep();

    /** Of QEMU, which has a process for each. */
    private static final int MOST_PROCESSES = 20;

    /** Until the last guest sleeps, and the kernel has swept up. */
    private static final long SETTLING_MILLISECONDS = 1000;

    private final List<CrowdRow> rows = new ArrayList<>();
    private final List<String> omissions = new ArrayList<>();
    private final int machines;
    private final long memory;
    private final Path folder;

    /**
     * Nothing is measured yet.
     *
     * @param machines how many in a crowd; of QEMU no more than 20
     * @param memory how much each has, in bytes
     * @param folder where files may be written
     */
    public CrowdMeasurement(int machines, long memory, Path folder) {
        this.machines = machines;
        this.memory = memory;
        this.folder = folder;
    }

    /**
     * Measures all that this host has.
     *
     * @return a row for each
     */
    public List<CrowdRow> measure() {
        add("kvm4j", () -> new MachineCrowd(WORKLOAD, machines, memory));
        add("C", this::inC);
        add("QEMU", this::inQemu);
        return List.copyOf(rows);
    }

    /** {@return who is missing and why, a sentence each} */
    public List<String> omissions() {
        return List.copyOf(omissions);
    }

    /** How a crowd is described. */
    private interface Description {
        Crowd crowd() throws LabException, IOException;
    }

    private Crowd inC() throws LabException, IOException {
        List<String> command = Floor.compile(folder).asleep(machines, memory);
        return new ProcessCrowd("C", 1, machines, command, ContestantProcess::awaitReady);
    }

    /** A guest says on COM1 that it is there. */
    private Crowd inQemu() throws LabException, IOException {
        int processes = Math.min(machines, MOST_PROCESSES);
        List<String> command = Qemu.find(folder).command(WORKLOAD, "stdio");
        return new ProcessCrowd("QEMU", processes, 1, command, ContestantProcess::awaitOutput);
    }

    private void add(String title, Description description) {
        try (Crowd crowd = description.crowd()) {
            add(crowd);
        } catch (LabException | IOException | LinuxException | OutOfMemoryError failure) {
            omissions.add("not %s: %s".formatted(title, failure.getMessage()));
        }
    }

    private void add(Crowd crowd) throws LabException, IOException {
        Footprint before = Footprint.of(crowd.processes());
        long start = System.nanoTime();
        crowd.start();
        long started = System.nanoTime();
        settle();
        Footprint took = Footprint.of(crowd.processes()).since(before);
        long stop = System.nanoTime();
        crowd.stop();
        long stopped = System.nanoTime();
        crowd.close();
        long closed = System.nanoTime();
        rows.add(
                new CrowdRow(
                        crowd.title(),
                        crowd.size(),
                        memory,
                        (started - start) / 1e9,
                        took.resident() / crowd.size(),
                        took.taken() / crowd.size(),
                        (double) took.threads() / crowd.size(),
                        (double) took.descriptors() / crowd.size(),
                        (stopped - stop) / 1e9,
                        (closed - stopped) / 1e9));
    }

    private static void settle() throws LabException {
        try {
            Thread.sleep(SETTLING_MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LabException("interrupted", e);
        }
    }
}
