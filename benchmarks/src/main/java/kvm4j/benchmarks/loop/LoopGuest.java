package kvm4j.benchmarks.loop;

import kvm4j.benchmarks.kind.Workload;
import kvm4j.boot.Elf64Image;
import kvm4j.boot.EntryState;
import kvm4j.guests.Guest;
import kvm4j.kvm.Kvm;
import kvm4j.kvm.MsrExitReason;
import kvm4j.kvm.MsrFilter;
import kvm4j.kvm.Registers;
import kvm4j.kvm.Vcpu;
import kvm4j.kvm.Vm;
import kvm4j.memory.GuestMemory;

import java.util.List;

/** A guest of the catalogue on a vCPU of its own, before its first instruction. */
public final class LoopGuest implements AutoCloseable {

    /** All that the guests need: page tables below, the image at 1 MiB. */
    private static final long MEMORY_SIZE = 2L << 20;

    private final GuestMemory memory;
    private final Kvm kvm;
    private final Vm vm;
    private final Vcpu vcpu;
    private final Registers entry;

    /**
     * Loads a guest.
     *
     * @param guest one that is entered in long mode
     * @param arrangement what the host arranges for its exits
     * @param parameters its parameters
     * @throws kvm4j.linux.LinuxException if the host cannot run it
     */
    public LoopGuest(Guest guest, Workload.Arrangement arrangement, List<Long> parameters) {
        memory = GuestMemory.ofSize(MEMORY_SIZE);
        EntryState state = new Elf64Image(guest.image()).load(memory);
        ParameterBlock.write(parameters, memory);
        kvm = Kvm.open();
        vm = kvm.createVm();
        arrangeVm(arrangement);
        vm.map(memory);
        vcpu = vm.createVcpu(0);
        state.applyTo(vcpu);
        arrangeVcpu(arrangement);
        entry = state.registers();
    }

    /** {@return the guest's processor} */
    public Vcpu vcpu() {
        return vcpu;
    }

    /** {@return the registers that the guest is entered with} */
    public Registers entry() {
        return entry;
    }

    private void arrangeVm(Workload.Arrangement arrangement) {
        switch (arrangement) {
            case NONE, SINGLE_STEP -> {}
            case MSR_FILTER -> {
                MsrFilter.Range msr0 = MsrFilter.Range.deny(MsrFilter.Direction.READ, 0, 1);
                vm.exitOnMsr(MsrExitReason.FILTER);
                vm.setMsrFilter(new MsrFilter(MsrFilter.Default.ALLOW, List.of(msr0)));
            }
            case IRQCHIP -> vm.irqchip().create();
        }
    }

    private void arrangeVcpu(Workload.Arrangement arrangement) {
        if (arrangement == Workload.Arrangement.SINGLE_STEP) {
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
    }
}
