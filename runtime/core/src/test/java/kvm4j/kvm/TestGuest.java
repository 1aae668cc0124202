package kvm4j.kvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import kvm4j.kvm.memory.MemorySlot;
import kvm4j.memory.GuestMemory;
import kvm4j.x86.Registers;
import kvm4j.x86.Segment;

import java.time.Duration;
import java.util.HexFormat;
import java.util.function.Consumer;

/** A VM with 64 KiB of memory and one vCPU in real mode, about to execute a few instructions. */
final class TestGuest implements AutoCloseable {

    /** Where the instructions are. */
    static final long ENTRY = 0x1000;

    /** How much memory there is, from 0 on. */
    static final long MEMORY_SIZE = 0x10000;

    private final GuestMemory memory = GuestMemory.ofSize(MEMORY_SIZE);
    private final Kvm kvm = Kvm.open();
    private final Vm vm = kvm.createVm();
    private final MemorySlot slot;
    private final Vcpu vcpu;

    private TestGuest(String code, Consumer<Vm> beforeVcpu) {
        memory.write(ENTRY, HexFormat.ofDelimiter(" ").parseHex(code));
        slot = vm.map(memory).getFirst();
        try {
            beforeVcpu.accept(vm);
            vcpu = vm.createVcpu(0);
        } catch (RuntimeException e) { // a host that lacks a capability skips the test here
            closeAll();
            throw e;
        }
        vcpu.setSpecialRegisters(
                vcpu.specialRegisters()
                        .withCode(Segment.realModeCode(0))
                        .withData(Segment.realMode(0)));
        vcpu.setRegisters(Registers.CLEARED.withRip(ENTRY).withRsp(ENTRY));
    }

    /** A guest that executes these bytes, in hexadecimal. */
    static TestGuest of(String code) {
        return new TestGuest(code, vm -> {});
    }

    /** A guest whose VM is changed before it gets its processor. */
    static TestGuest of(String code, Consumer<Vm> beforeVcpu) {
        return new TestGuest(code, beforeVcpu);
    }

    /** Skips the test where the host lacks a capability. */
    static void assume(Kvm kvm, Capability capability) {
        assumeTrue(kvm.check(capability) > 0, () -> "host lacks " + capability.symbol());
    }

    /** Skips the test where the VM lacks a capability. */
    static void assume(Vm vm, Capability capability) {
        assumeTrue(vm.check(capability) > 0, () -> "host lacks " + capability.symbol());
    }

    void assume(Capability capability) {
        assume(vm, capability);
    }

    GuestMemory memory() {
        return memory;
    }

    Kvm kvm() {
        return kvm;
    }

    Vm vm() {
        return vm;
    }

    Vcpu vcpu() {
        return vcpu;
    }

    MemorySlot slot() {
        return slot;
    }

    /** Runs to the next exit and describes it. A guest that never exits is closed. */
    VmExit run() {
        Thread limit = Thread.ofVirtual().start(this::closeLater);
        try {
            return VmExit.of(vcpu.run(), vcpu.exit());
        } finally {
            limit.interrupt();
        }
    }

    private void closeLater() {
        try {
            Thread.sleep(Duration.ofSeconds(30));
            vcpu.close();
        } catch (InterruptedException exitedInTime) {
            Thread.currentThread().interrupt();
        }
    }

    /** Runs to the next exit, which has to be a HLT. */
    void runToHalt() {
        assertEquals(new VmExit.Halt(), run());
    }

    private void closeAll() {
        vm.close();
        kvm.close();
        memory.close();
    }

    @Override
    public void close() {
        closeAll();
    }
}
