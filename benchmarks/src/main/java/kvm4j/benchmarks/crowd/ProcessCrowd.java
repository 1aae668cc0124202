package kvm4j.benchmarks.crowd;

import kvm4j.benchmarks.lab.LabException;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Machines in processes of their own. */
final class ProcessCrowd implements Crowd {

    /** How a process is told and awaited. */
    interface Start {

        /**
         * Starts one.
         *
         * @return the process, whose guests run
         * @throws LabException if this host cannot
         * @throws IOException if what it takes cannot be written
         */
        Process process() throws LabException, IOException;
    }

    private final String title;
    private final int count;
    private final int machinesInEach;
    private final Start start;
    private final List<Process> processes = new ArrayList<>();

    ProcessCrowd(String title, int count, int machinesInEach, Start start) {
        this.title = title;
        this.count = count;
        this.machinesInEach = machinesInEach;
        this.start = start;
    }

    @Override
    public String title() {
        return title;
    }

    @Override
    public int size() {
        return count * machinesInEach;
    }

    @Override
    public Collection<Long> processes() {
        return processes.stream().map(Process::pid).toList();
    }

    @Override
    public void start() throws LabException, IOException {
        for (int i = 0; i < count; i++) {
            processes.add(start.process());
        }
    }

    @Override
    public void stop() {
        // they are ended with their processes
    }

    @Override
    public void close() {
        processes.forEach(Process::destroyForcibly);
        processes.stream().map(Process::onExit).forEach(CompletableFuture::join);
        processes.clear();
    }
}
