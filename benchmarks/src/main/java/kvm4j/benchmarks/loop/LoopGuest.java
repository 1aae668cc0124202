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
     * @param parameters its parameters
     * @throws kvm4j.linux.LinuxException if the host cannot run it
     */
    public LoopGuest(Guest guest, List<Long> parameters) {
        memory = GuestMemory.ofSize(MEMORY_SIZE);
        EntryState state = new Elf64Image(guest.image()).load(memory);
        ParameterBlock.write(parameters, memory);
        kvm = Kvm.open();
        vm = kvm.createVm();
        vm.map(memory);
        vcpu = vm.createVcpu(0);
        state.applyTo(vcpu);
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

    /**
     * Arranges what the exits of a workload need.
     *
     * @param arrangement what
     * @throws kvm4j.linux.LinuxException if the host cannot
     */
    void arrange(Workload.Arrangement arrangement) {
        switch (arrangement) {
            case NONE -> {}
            case SINGLE_STEP -> vcpu.debug().singleStep();
            case MSR_FILTER -> {
                vm.exitOnMsr(MsrExitReason.FILTER);
                vm.setMsrFilter(
                        new MsrFilter(
                                MsrFilter.Default.ALLOW,
                                List.of(MsrFilter.Range.deny(MsrFilter.Direction.READ, 0, 1))));
            }
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
