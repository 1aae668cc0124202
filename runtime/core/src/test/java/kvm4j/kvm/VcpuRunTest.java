package kvm4j.kvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.LockSupport;

/** The way of an exit, on the host's own KVM. */
@NeedsKvm
class VcpuRunTest {

    /** mov $'k', %al; out %al, $0xf4; in $0x71, %al; hlt. */
    private static final String OUT_IN_HALT = "b0 6b e6 f4 e4 71 f4";

    /** cli; movb $1, 0x2000; jmp itself. */
    private static final String SPIN = "fa c6 06 00 20 01 eb fe";

    private static final long SPINNING = 0x2000;

    /** A platform thread for each task; the common pool may have but one. */
    private static final Executor THREADS = task -> Thread.ofPlatform().daemon().start(task);

    @Test
    void exitsOnPortAccessesAndHalts() {
        try (TestGuest guest = TestGuest.of(OUT_IN_HALT)) {
            Vcpu vcpu = guest.vcpu();
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
        try (TestGuest guest = TestGuest.of(SPIN)) {
            Vcpu vcpu = guest.vcpu();
            var run = spin(guest);
            guest.vm().close();
            var ended = assertThrows(CompletionException.class, run::join);
            assertEquals(IllegalStateException.class, ended.getCause().getClass());
            assertThrows(IllegalStateException.class, vcpu::run);
            assertThrows(IllegalStateException.class, () -> vcpu.exit().exitReason());
        }
    }

    @Test
    void aRunningVcpuBelongsToItsThread() {
        try (TestGuest guest = TestGuest.of(SPIN)) {
            var run = spin(guest);
            var refused = assertThrows(IllegalStateException.class, () -> guest.vcpu().registers());
            assertTrue(refused.getMessage().contains("in use"), refused::getMessage);
            guest.vcpu().close();
            assertThrows(CompletionException.class, run::join);
        }
    }

    @Test
    void anInterruptEndsTheRunInProgress() {
        try (TestGuest guest = TestGuest.of(SPIN)) {
            var run = CompletableFuture.supplyAsync(guest::run, THREADS);
            awaitSpin(guest);
            guest.vcpu().interrupt();
            assertEquals(new VmExit.Interrupted(), run.join());
        }
    }

    @Test
    void anImmediateExitKeepsTheGuestOut() {
        try (TestGuest guest = TestGuest.of(OUT_IN_HALT)) {
            guest.assume(Capability.IMMEDIATE_EXIT);
            guest.vcpu().exit().requestImmediateExit();
            assertEquals(new VmExit.Interrupted(), guest.run());
            assertEquals(new VmExit.Interrupted(), guest.run());
            assertEquals(TestGuest.ENTRY, guest.vcpu().registers().rip());
            guest.vcpu().exit().clearImmediateExit();
            assertEquals(ExitReason.IO, guest.vcpu().run());
        }
    }

    @Test
    void aVirtualThreadIsRefused() throws InterruptedException {
        try (TestGuest guest = TestGuest.of("f4")) {
            var refused = new CompletableFuture<RuntimeException>();
            Vcpu vcpu = guest.vcpu();
            Thread.ofVirtual()
                    .start(
                            () ->
                                    refused.complete(
                                            assertThrows(IllegalStateException.class, vcpu::run)))
                    .join();
            assertTrue(refused.join().getMessage().contains("platform thread"));
        }
    }

    private static CompletableFuture<Void> spin(TestGuest guest) {
        var run =
                CompletableFuture.runAsync(
                        () -> {
                            while (true) {
                                guest.vcpu().run();
                            }
                        },
                        THREADS);
        awaitSpin(guest);
        return run;
    }

    private static void awaitSpin(TestGuest guest) {
        while (guest.memory().getByte(SPINNING) == 0) {
            LockSupport.parkNanos(100_000); // the guest may need this CPU
        }
    }
}
