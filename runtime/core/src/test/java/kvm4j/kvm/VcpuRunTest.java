package kvm4j.kvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.memory.GuestMemory;

import org.junit.jupiter.api.Test;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** The way of an exit, on the host's own KVM. */
@NeedsKvm
class VcpuRunTest {

    private static final long ENTRY = 0x1000;

    /** mov $'k', %al; out %al, $0xf4; in $0x71, %al; hlt. */
    private static final byte[] OUT_IN_HALT = {
        (byte) 0xb0, 'k', (byte) 0xe6, (byte) 0xf4, (byte) 0xe4, 0x71, (byte) 0xf4
    };

    /** cli; jmp itself. */
    private static final byte[] SPIN = {(byte) 0xfa, (byte) 0xeb, (byte) 0xfe};

    private static Vcpu realMode(Vm vm) {
        Vcpu vcpu = vm.createVcpu(0);
        vcpu.setSpecialRegisters(
                vcpu.specialRegisters()
                        .withCode(Segment.realModeCode(0))
                        .withData(Segment.realMode(0)));
        vcpu.setRegisters(Registers.CLEARED.withRip(ENTRY));
        return vcpu;
    }

    @Test
    void exitsOnPortAccessesAndHalts() {
        try (GuestMemory memory = GuestMemory.ofSize(0x10000);
                Kvm kvm = Kvm.open();
                Vm vm = kvm.createVm()) {
            memory.write(ENTRY, OUT_IN_HALT);
            vm.map(memory);
            Vcpu vcpu = realMode(vm);
            KvmRun exit = vcpu.exit();

            assertEquals(ExitReason.IO, vcpu.run());
            assertTrue(exit.ioIsOut());
            assertEquals(0xf4, exit.ioPort());
            assertEquals(1, exit.ioSize());
            assertEquals(1, exit.ioCount());
            assertEquals('k', exit.ioValue(0));

            assertEquals(ExitReason.IO, vcpu.run());
            assertEquals(0x71, exit.ioPort());
            exit.setIoValue(0, 0xa5);
            assertEquals(ExitReason.HLT, vcpu.run());
            assertEquals(0xa5, vcpu.registers().rax() & 0xff);
        }
    }

    @Test
    @SuppressWarnings("try") // that closing twice is harmless is part of what is tested
    void closingStopsASpinningGuest() {
        try (GuestMemory memory = GuestMemory.ofSize(0x10000);
                Kvm kvm = Kvm.open();
                Vm vm = kvm.createVm()) {
            memory.write(ENTRY, SPIN);
            vm.map(memory);
            Vcpu vcpu = realMode(vm);
            var run =
                    CompletableFuture.runAsync(
                            () -> {
                                while (true) {
                                    vcpu.run();
                                }
                            });
            while (!vcpuIsRunning(vcpu)) {
                Thread.onSpinWait();
            }
            vm.close();
            var ended = assertThrows(CompletionException.class, run::join);
            assertEquals(IllegalStateException.class, ended.getCause().getClass());
            assertThrows(IllegalStateException.class, vcpu::run);
            assertThrows(IllegalStateException.class, () -> vcpu.exit().exitReason());
        }
    }

    private static boolean vcpuIsRunning(Vcpu vcpu) {
        try {
            vcpu.registers();
            return false;
        } catch (IllegalStateException running) {
            return true;
        }
    }
}
