package kvm4j.claims;

import kvm4j.boot.EntryState;
import kvm4j.boot.ImageFormat;
import kvm4j.guests.Guest;
import kvm4j.kvm.Kvm;
import kvm4j.kvm.Vcpu;
import kvm4j.kvm.Vm;
import kvm4j.linux.MemoryFile;
import kvm4j.memory.Backing;
import kvm4j.memory.GuestMemory;

import java.util.ArrayList;
import java.util.List;

/**
 * A guest of the catalogue in a VM whose vCPUs the test drives itself. Without interrupt
 * controllers all of them run from the beginning, each with its number in RDI.
 */
final class DrivenGuest implements AutoCloseable {

    /** RAM from address 0 on. */
    static final long MEMORY_SIZE = 4L << 20;

    private final GuestMemory memory = memoryOfSmallPages();
    private final Kvm kvm = Kvm.open();
    private final Vm vm = kvm.createVm();
    private final List<Vcpu> vcpus = new ArrayList<>();

    private DrivenGuest(Guest guest, int processors, long... parameters) {
        byte[] image = guest.image();
        EntryState entry = ImageFormat.of(image).read(image).load(memory);
        for (int i = 0; i < parameters.length; i++) {
            setParameter(i, parameters[i]);
        }
        vm.map(memory);
        for (int number = 0; number < processors; number++) {
            Vcpu vcpu = vm.createVcpu(number);
            vcpu.setCpuId(kvm.supportedCpuId());
            vcpu.enterAt(entry.registers().withRdi(number), entry.special());
            vcpus.add(vcpu);
        }
    }

    /** That of a file is mapped page by page, where other memory may come 2 MiB at a time. */
    private static GuestMemory memoryOfSmallPages() {
        try (MemoryFile file = MemoryFile.create("driven-guest", MEMORY_SIZE)) {
            return GuestMemory.builder().ram(MEMORY_SIZE).backing(new Backing.Shared(file)).build();
        }
    }

    /** One whose vCPUs are about to execute the guest's first instruction. */
    static DrivenGuest of(Guest guest, int processors, long... parameters) {
        return new DrivenGuest(guest, processors, parameters);
    }

    /** One that has nothing to do yet: its vCPUs and its memory are to be given a state. */
    static DrivenGuest empty(int processors) {
        DrivenGuest empty = new DrivenGuest(Guest.HALT, processors);
        empty.memory.fill(0, MEMORY_SIZE, (byte) 0);
        return empty;
    }

    void setParameter(int index, long value) {
        memory.putLong(Guest.PARAMETER_BLOCK + (long) index * Long.BYTES, value);
    }

    GuestMemory memory() {
        return memory;
    }

    Vm vm() {
        return vm;
    }

    Vcpu vcpu(int number) {
        return vcpus.get(number);
    }

    List<Vcpu> vcpus() {
        return List.copyOf(vcpus);
    }

    @Override
    public void close() {
        vm.close();
        kvm.close();
        memory.close();
    }
}
