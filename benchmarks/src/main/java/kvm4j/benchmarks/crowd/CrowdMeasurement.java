package kvm4j.benchmarks.crowd;

import kvm4j.benchmarks.kind.Workload;
import kvm4j.benchmarks.lab.ContestantProcess;
import kvm4j.benchmarks.lab.Floor;
import kvm4j.benchmarks.lab.LabException;
import kvm4j.benchmarks.lab.Qemu;
import kvm4j.benchmarks.report.TextTable;
import kvm4j.linux.LinuxException;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** What crowds of machines take, a line for each: kvm4j's, one in C, and QEMU's. */
public final class CrowdTable {

    private static final Workload.Sleep WORKLOAD = new Workload.Sleep();

    /** Of QEMU, which has a process for each. */
    private static final int MOST_PROCESSES = 20;

    /** Until the last guest sleeps, and the kernel has swept up. */
    private static final long SETTLING_MILLISECONDS = 1000;

    private final TextTable table =
            new TextTable(
                    "by",
                    "machines",
                    "started",
                    "resident each",
                    "with the kernel's",
                    "threads each",
                    "descriptors each",
                    "stopped",
                    "closed");

    private final StringBuilder omissions = new StringBuilder();
    private final int machines;
    private final long memory;
    private final Path folder;

    /**
     * A table without lines.
     *
     * @param machines how many in a crowd; of QEMU no more than 20
     * @param memory how much each has, in bytes
     * @param folder where files may be written
     */
    public CrowdTable(int machines, long memory, Path folder) {
        this.machines = machines;
        this.memory = memory;
        this.folder = folder;
    }

    /**
     * Measures all that this host has.
     *
     * @return the table, and who is missing and why
     */
    public String measure() {
        add("kvm4j", () -> new MachineCrowd(WORKLOAD, machines, memory));
        add("C", this::inC);
        add("QEMU", this::inQemu);
        return table.text() + omissions;
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
            omissions.append("not %s: %s%n".formatted(title, failure.getMessage()));
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
        table.add(
                crowd.title(),
                Integer.toString(crowd.size()),
                seconds(started - start),
                kibibytes(took.resident(), crowd),
                kibibytes(took.taken(), crowd),
                each(took.threads(), crowd),
                each(took.descriptors(), crowd),
                seconds(stopped - stop),
                seconds(closed - stopped));
    }

    private static void settle() throws LabException {
        try {
            Thread.sleep(SETTLING_MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LabException("interrupted", e);
        }
    }

    private static String seconds(long nanoseconds) {
        return String.format(Locale.ROOT, "%.2f s", nanoseconds / 1e9);
    }

    private static String kibibytes(long bytes, Crowd crowd) {
        return bytes / crowd.size() / 1024 + " KiB";
    }

    private static String each(long count, Crowd crowd) {
        return String.format(Locale.ROOT, "%.1f", (double) count / crowd.size());
    }
}
