package kvm4j.machine;

import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The threads on which those are told of outcomes who did not wait for them. A class of its own, as
 * most programs need none.
 */
final class OutcomeThreads {

    /** How many may take their time over it at once. */
    static final int MOST = 64;

    static final Executor EXECUTOR = create();

    private OutcomeThreads() {}

    private static Executor create() {
        ThreadPoolExecutor threads =
                new ThreadPoolExecutor(
                        MOST,
                        MOST,
                        1,
                        TimeUnit.SECONDS,
                        new LinkedBlockingQueue<>(),
                        Thread.ofPlatform().name("kvm4j-outcome").daemon().factory());
        threads.allowCoreThreadTimeOut(true);
        return threads;
    }
}
