package kvm4j.machine;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The threads that vCPUs run on. To make one and to end it takes longer than many a tiny guest:
 * when a vCPU has left, its thread waits a second for the vCPU of the same number of another
 * machine. Of the same number, as a flight recorder knows a thread by the name that it began with.
 */
final class SpareThreads {

    private static final Map<Integer, Executor> BY_VCPU = new ConcurrentHashMap<>();

    private SpareThreads() {}

    /** {@return what runs vCPUs of a number, each on a thread of its own} */
    static Executor of(int vcpu) {
        return BY_VCPU.computeIfAbsent(vcpu, SpareThreads::create);
    }

    private static Executor create(int vcpu) {
        return new ThreadPoolExecutor(
                0,
                Integer.MAX_VALUE,
                1,
                TimeUnit.SECONDS,
                new SynchronousQueue<>(),
                Thread.ofPlatform()
                        .name("kvm4j-vcpu-" + vcpu)
                        .daemon()
                        .inheritInheritableThreadLocals(false)
                        .factory());
    }
}
