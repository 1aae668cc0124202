package kvm4j.machine;

import kvm4j.linux.CpuSet;
import kvm4j.linux.LinuxException;
import kvm4j.linux.NativeThread;

import java.util.Optional;

/**
 * What a thread would have from the one that made it, for one that somebody else made: where in the
 * host it may run, and whose classes it finds.
 *
 * @param cpus where the starting thread may run; empty if the kernel does not tell
 * @param classes its context class loader
 */
record ThreadOrigin(Optional<CpuSet> cpus, ClassLoader classes) {

    /** What the calling thread passes on. */
    static ThreadOrigin ofCaller() {
        return new ThreadOrigin(callersCpus(), Thread.currentThread().getContextClassLoader());
    }

    private static Optional<CpuSet> callersCpus() {
        try {
            return Optional.of(NativeThread.current().cpus());
        } catch (LinuxException forbidden) {
            return Optional.empty();
        }
    }

    /** Gives it to the calling thread, as far as the kernel lets it. */
    void passOn() {
        Thread.currentThread().setContextClassLoader(classes);
        if (!cpus.equals(callersCpus())) {
            cpus.ifPresent(ThreadOrigin::moveTo);
        }
    }

    private static void moveTo(CpuSet cpus) {
        try {
            NativeThread.current().bindTo(cpus);
        } catch (LinuxException forbidden) {
            // it runs where it may
        }
    }
}
