package kvm4j.benchmarks.crowd;

import kvm4j.benchmarks.lab.ContestantProcess;
import kvm4j.benchmarks.lab.LabException;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** Machines in processes of their own. */
final class ProcessCrowd implements Crowd {

    /** How to wait until a process has started its guests. */
    interface Beginning {

        /**
         * Waits.
         *
         * @param process which
         * @throws LabException if it does not
         */
        void await(ContestantProcess process) throws LabException;
    }

    private final String title;
    private final int count;
    private final int machinesInEach;
    private final List<String> command;
    private final Beginning beginning;
    private final List<ContestantProcess> processes = new ArrayList<>();

    ProcessCrowd(
            String title,
            int count,
            int machinesInEach,
            List<String> command,
            Beginning beginning) {
        this.title = title;
        this.count = count;
        this.machinesInEach = machinesInEach;
        this.command = command;
        this.beginning = beginning;
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
        return processes.stream().map(ContestantProcess::number).toList();
    }

    @Override
    public void start() throws LabException {
        for (int i = 0; i < count; i++) {
            ContestantProcess process = ContestantProcess.start(title, command);
            processes.add(process);
            beginning.await(process);
        }
    }

    @Override
    public void stop() {
        // they are ended with their processes
    }

    @Override
    public void close() {
        processes.forEach(ContestantProcess::kill);
        processes.clear();
    }
}
