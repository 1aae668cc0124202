package kvm4j.benchmarks.loop;

import kvm4j.benchmarks.kind.Workload;

/** A guest that writes to pages which it has to be given first. */
final class FirstTouchOperation implements Operation {

    private final LoopGuest guest;
    private final Window window;

    FirstTouchOperation(Workload.FirstTouch workload) {
        guest = new LoopGuest(workload);
        window = new Window(guest.vm(), workload.pages());
    }

    @Override
    public void once() {
        window.remap();
        guest.restart();
        guest.runToOut();
    }

    @Override
    public void close() {
        guest.close();
        window.close();
    }
}
