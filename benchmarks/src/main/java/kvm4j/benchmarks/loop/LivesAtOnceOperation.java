package kvm4j.benchmarks.loop;

import kvm4j.benchmarks.kind.Workload;

import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** A {@linkplain LifeOperation life} on each of several threads, which stay. */
final class LivesAtOnceOperation implements Operation {

    private final ExecutorService executor;
    private final List<Callable<Object>> lives;

    LivesAtOnceOperation(Workload.LivesAtOnce workload) {
        executor = Executors.newFixedThreadPool(workload.threads());
        WholeMachine machine = new WholeMachine(workload);
        Runnable life = machine::live;
        lives = Collections.nCopies(workload.threads(), Executors.callable(life));
    }

    @Override
    public void once() {
        try {
            for (Future<Object> life : executor.invokeAll(lives)) {
                life.get();
            }
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause().getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    @Override
    public void close() {
        executor.close();
    }
}
