package kvm4j.benchmarks.loop;

import kvm4j.kvm.Kvm;
import kvm4j.kvm.Vm;
import kvm4j.kvm.memory.DirtyLog;

/** {@link DirtyLog#fetch()} where nothing was written. */
final class DirtyLogOperation implements Operation {

    private final Kvm kvm = Kvm.open();
    private final Vm vm = kvm.createVm();
    private final Window window;
    private final DirtyLog log;

    DirtyLogOperation(int pages) {
        window = new Window(vm, pages);
        log = window.slot().logDirtyPages();
    }

    @Override
    public void once() {
        log.fetch();
    }

    @Override
    public void close() {
        log.close();
        vm.close();
        window.close();
        kvm.close();
    }
}
