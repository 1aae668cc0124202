package kvm4j.machine;

import kvm4j.linux.CpuSet;
import kvm4j.linux.NativeThread;
import kvm4j.pc.Platform;

import java.util.List;
import java.util.Optional;

/**
 * The processors of a machine, and where on the host they run.
 *
 * @param processors how many there are
 * @param hostCpus the host's CPUs that they are bound to in turn; none for no binding
 */
record Placement(int processors, List<Integer> hostCpus) {

    /** A placement; the list is copied. */
    Placement {
        hostCpus = List.copyOf(hostCpus);
    }

    /** Whether there are machines with so many processors. */
    static boolean isPossible(int processors) {
        return processors >= 1 && processors <= Platform.MAXIMUM_PROCESSORS;
    }

    /** {@return where in the host a processor is bound to} */
    Optional<CpuSet> hostCpusOf(int processor) {
        return hostCpus.isEmpty()
                ? Optional.empty()
                : Optional.of(CpuSet.of(hostCpus.get(processor % hostCpus.size())));
    }

    /**
     * Makes sure that there can be such processors here.
     *
     * @throws IllegalArgumentException if there cannot
     */
    void requireSound() {
        if (!isPossible(processors)) {
            throw new IllegalArgumentException(
                    "a machine has 1 to %d processors, not %d"
                            .formatted(Platform.MAXIMUM_PROCESSORS, processors));
        }
        if (!hostCpus.isEmpty()) {
            requireAllowed();
        }
    }

    private void requireAllowed() {
        CpuSet allowed = NativeThread.current().cpus();
        for (int cpu : hostCpus) {
            if (!allowed.contains(cpu)) {
                throw new IllegalArgumentException(
                        "this process may not use CPU %d of the host, only %s"
                                .formatted(cpu, allowed));
            }
        }
    }
}
