package kvm4j.machine;

import kvm4j.kvm.Vcpu;
import kvm4j.linux.CpuSet;

import java.io.OutputStream;
import java.util.Optional;

/**
 * A machine's life: the processors that live it, how it comes to its end, and who is told of it.
 *
 * @param processors the vCPUs' threads
 * @param ending how it ends
 * @param observation who is told
 */
record Life(Processors processors, Ending ending, Observation observation) {

    /** The life of a machine that has no processors yet. */
    static Life seenBy(Optional<MachineObserver> onlooker) {
        Processors processors = new Processors();
        Ending ending = new Ending(processors);
        Observation observation =
                onlooker.map(told -> new Observation(told, ending))
                        .orElseGet(() -> new Observation(ending));
        return new Life(processors, ending, observation);
    }

    /** Adds a processor, whose thread does not run yet. */
    void add(Vcpu vcpu, ExitLoop loop, Optional<CpuSet> hostCpus) {
        processors.add(new VcpuThread(vcpu, loop, hostCpus, ending, observation));
    }

    /** {@return what a device writes to for a stream that is delivered before the end} */
    OutputStream output(String name, OutputStream sink) {
        QueuedOutput output = new QueuedOutput(name, sink, processors, ending::end);
        ending.deliver(output);
        return output;
    }

    /** Ends it, unless it has ended already. */
    void end(Outcome outcome) {
        ending.end(outcome);
    }

    /** Whether the calling thread is the machine's own, and cannot wait for it. */
    boolean isCallers() {
        return processors.includeCaller() || ending.isAwaitedByCaller();
    }
}
