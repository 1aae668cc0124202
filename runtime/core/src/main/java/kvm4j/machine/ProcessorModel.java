package kvm4j.machine;

import kvm4j.kvm.Capability;
import kvm4j.kvm.Vcpu;
import kvm4j.kvm.VcpuInterrupts;
import kvm4j.kvm.Vm;
import kvm4j.x86.CpuId;

/**
 * The processors of a machine: all that KVM supports on this host, with what it leaves to us, each
 * in its place.
 *
 * @param supported what CPUID can answer, whichever processor is asked
 * @param topology the processors' places
 * @param machineChecks MCG_CAP: their machine check banks (Intel SDM volume 3, section 17.3.1.1)
 */
record ProcessorModel(CpuId supported, CpuTopology topology, long machineChecks) {

    /** As many as a PC's processor usually has. */
    private static final int MACHINE_CHECK_BANKS = 10;

    private static final long MACHINE_CHECK_CONTROL = 1 << 8;
    private static final long SOFTWARE_RECOVERY = 1 << 24;

    /** The model for a VM whose interrupt controllers are there, if it has any. */
    static ProcessorModel of(HostProcessor host, Vm vm, int processors, IrqchipMode irqchip) {
        CpuTopology topology =
                new CpuTopology(
                        processors,
                        irqchip != IrqchipMode.NONE,
                        vm.check(Capability.TSC_DEADLINE_TIMER) > 0);
        long machineChecks =
                host.machineChecks() & (MACHINE_CHECK_CONTROL | SOFTWARE_RECOVERY)
                        | MACHINE_CHECK_BANKS;
        return new ProcessorModel(host.cpuId(), topology, machineChecks);
    }

    /**
     * Makes a new vCPU one of these processors.
     *
     * @param tuning what CPUID answers otherwise
     */
    void applyTo(Vcpu vcpu, Tuning tuning) {
        vcpu.setCpuId(tuning.applyTo(topology.of(vcpu.id(), supported)));
        vcpu.setUpMachineChecks(machineChecks);
        if (topology.localApic()) {
            makeKnownByIdentifier(vcpu);
        }
    }

    /**
     * KVM finds a processor by its APIC identifier in a map, which it makes anew when a local APIC
     * changes. That happens as a vCPU is created, but before it counts among the VM's: an INIT or a
     * SIPI for the last one would be lost until some processor switches its local APIC on.
     */
    private static void makeKnownByIdentifier(Vcpu vcpu) {
        VcpuInterrupts interrupts = vcpu.interrupts();
        interrupts.setLocalApic(interrupts.localApic());
    }
}
