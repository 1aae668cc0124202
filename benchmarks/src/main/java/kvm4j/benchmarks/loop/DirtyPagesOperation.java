package kvm4j.benchmarks.loop;

import kvm4j.benchmarks.kind.Workload;
import kvm4j.kvm.memory.DirtyLog;

/** A guest that writes to pages which are logged, and the log read and reset. */
final class DirtyPagesOperation implements Operation {

    private final LoopGuest guest;
    private final Window window;
    private final DirtyLog log;

    DirtyPagesOperation(Workload.DirtyPages workload) {
        guest = new LoopGuest(workload);
        window = new Window(guest.vm(), workload.pages());
        log = window.slot().logDirtyPages();
        once();
        if (log.count() != workload.pages()) {
            throw new IllegalStateException("the log has " + log.count() + " pages");
        }
    }

    @Override
    public void once() {
        guest.restart();
        guest.runToOut();
        log.fetch();
    }

    @Override
    public void close() {
        log.close();
        guest.close();
        window.close();
    }
}
