/** The KVM library: memory, VMs, vCPUs, devices, images, machines. */
@SuppressWarnings("module") // what is built later
module kvm4j.core {
    requires static jdk.jfr;
    requires kvm4j.bindings;
    requires org.slf4j;

    exports kvm4j.linux;
    exports kvm4j.memory;
    exports kvm4j.x86;
    exports kvm4j.kvm;
    exports kvm4j.kvm.irq;
    exports kvm4j.kvm.memory;
    exports kvm4j.kvm.msr;
    exports kvm4j.device;
    exports kvm4j.boot;
    exports kvm4j.pc;
    exports kvm4j.snapshot;
    exports kvm4j.machine;
    exports kvm4j.trace;
    exports kvm4j.trace.jfr;
    exports kvm4j.text to
            kvm4j.benchmarks,
            kvm4j.cli,
            kvm4j.testing;
}
