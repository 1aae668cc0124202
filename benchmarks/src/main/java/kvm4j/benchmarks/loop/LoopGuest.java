package kvm4j.benchmarks.loop;

import kvm4j.benchmarks.kind.Arrangement;
import kvm4j.benchmarks.kind.Workload;
import kvm4j.boot.Elf64Image;
import kvm4j.boot.EntryState;
import kvm4j.guests.Guest;
import kvm4j.kvm.Doorbell;
import kvm4j.kvm.ExitReason;
import kvm4j.kvm.Kvm;
import kvm4j.kvm.Vcpu;
import kvm4j.kvm.Vm;
import kvm4j.kvm.irq.IrqRoute;
import kvm4j.kvm.msr.MsrExitReason;
import kvm4j.kvm.msr.MsrFilter;
import kvm4j.linux.EventFd;
import kvm4j.memory.GuestMemory;
import kvm4j.x86.Msi;
import kvm4j.x86.Registers;

import java.util.List;

/** A guest of the catalogue on a vCPU of its own, before its first instruction. */
public final class LoopGuest implements AutoCloseable {

    /** All that the guests need: page tables below, the image at 1 MiB. */
    private static final long MEMORY_SIZE = 2L << 20;

    /** An interrupt that no chip has. */
    private static final int TRIGGERED_GSI = 24;

    private final GuestMemory memory;
    private final Kvm kvm;
    private final Vm vm;
    private final Vcpu vcpu;
    private final EventFd doorbell = EventFd.create();
    private Registers entry;

    /**
     * Loads a guest.
     *
     * @param workload what it is to do; it is entered in long mode
     * @throws kvm4j.linux.LinuxException if the host cannot run it
     */
    public LoopGuest(Workload.Guested workload) {
        memory = GuestMemory.ofSize(MEMORY_SIZE);
        EntryState state = new Elf64Image(workload.guest().image()).load(memory);
        ParameterBlock.write(workload.parameters(), memory);
        kvm = Kvm.open();
        vm = kvm.createVm();
        arrangeVm(workload.arrangement());
        vm.map(memory);
        vcpu = createVcpu(0);
        vcpu.enterAt(state.registers(), state.special());
        arrangeVcpu(workload.arrangement());
        entry = state.registers();
    }

    /** {@return the guest's virtual machine} */
    public Vm vm() {
        return vm;
    }

    /** {@return the guest's processor} */
    public Vcpu vcpu() {
        return vcpu;
    }

    /** {@return another vCPU of the same machine, which waits to be started} */
    Vcpu createSibling() {
        return createVcpu(1);
    }

    /**
     * Creates a vCPU that is what the host's processor is, as far as KVM supports it. Newer kernels
     * (6.12) refuse long mode to one whose CPUID does not have it.
     */
    private Vcpu createVcpu(int number) {
        Vcpu created = vm.createVcpu(number);
        created.setCpuId(kvm.supportedCpuId());
        return created;
    }

    /** {@return what the guest signals, if that was arranged} */
    EventFd doorbell() {
        return doorbell;
    }

    /** Makes a port a {@linkplain #doorbell() doorbell}. */
    void arrangeDoorbell() {
        vm.attach(Doorbell.port(Arrangement.DOORBELL_PORT, 1), doorbell);
    }

    /**
     * Makes a write to an eventfd interrupt the guest, with {@link Guest#INTERRUPT_VECTOR}.
     *
     * @param trigger the eventfd
     */
    void interruptBy(EventFd trigger) {
        Msi message = Msi.fixed(0, Guest.INTERRUPT_VECTOR);
        vm.irqchip().setRoutes(List.of(new IrqRoute.ToMsi(TRIGGERED_GSI, message)));
        vm.irqchip().attach(trigger, TRIGGERED_GSI);
    }

    /** Runs the guest to its next OUT. */
    void runToOut() {
        ExitReason reason = vcpu.run();
        if (reason != ExitReason.IO) {
            throw new IllegalStateException("exit reason " + reason + " instead of IO");
        }
    }

    /** Lets the guest finish the OUT that it is at, and enter there from now on. */
    void reenterHere() {
        vcpu.exit().requestImmediateExit();
        vcpu.run();
        vcpu.exit().clearImmediateExit();
        entry = vcpu.registers();
    }

    /** {@return the registers that the guest is entered with} */
    public Registers entry() {
        return entry;
    }

    private void arrangeVm(Arrangement arrangement) {
        switch (arrangement) {
            case NONE, SINGLE_STEP -> {}
            case MSR_FILTER -> {
                MsrFilter.Range msr0 = MsrFilter.Range.deny(MsrFilter.Direction.READ_WRITE, 0, 1);
                vm.exitOnMsr(MsrExitReason.FILTER);
                vm.setMsrFilter(new MsrFilter(MsrFilter.Default.ALLOW, List.of(msr0)));
            }
            case IRQCHIP -> vm.irqchip().create();
            case DOORBELL -> arrangeDoorbell();
        }
    }

    private void arrangeVcpu(Arrangement arrangement) {
        if (arrangement == Arrangement.SINGLE_STEP) {
            vcpu.debug().singleStep();
        }
    }

    /** Sets the registers for another entry. */
    public void restart() {
        vcpu.setRegisters(entry);
    }

    /** {@return the guest's memory, which has its image and parameters in it} */
    public GuestMemory memory() {
        return memory;
    }

    /** Closes the vCPU, the virtual machine and its memory. */
    @Override
    public void close() {
        vm.close();
        kvm.close();
        memory.close();
        doorbell.close();
    }
}
