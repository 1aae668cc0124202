package kvm4j.outsider;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import kvm4j.boot.FlatImage;
import kvm4j.device.BusDevice;
import kvm4j.kvm.ExitReason;
import kvm4j.kvm.NeedsKvm;
import kvm4j.kvm.Vcpu;
import kvm4j.kvm.Vm;
import kvm4j.kvm.msr.MsrExitReason;
import kvm4j.linux.NativeThread;
import kvm4j.machine.ExitHandler;
import kvm4j.machine.ExitObserver;
import kvm4j.machine.IrqchipMode;
import kvm4j.machine.Machine;
import kvm4j.machine.MachineBuilder;
import kvm4j.machine.Outcome;
import kvm4j.x86.VcpuState;
import kvm4j.x86.VmState;

import org.junit.jupiter.api.Test;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/** What a user does with a machine from another package, through its doors. */
@NeedsKvm
class DoorsTest {

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String EXIT_WITH_AL = "e6f4";

    private static MachineBuilder running(String code) {
        return Machine.builder()
                .memory(1 << 20)
                .image(new FlatImage(HexFormat.of().parseHex(code)))
                .timeLimit(LIMIT);
    }

    private static Outcome outcomeOf(MachineBuilder builder) {
        try (Machine machine = builder.build()) {
            return machine.run();
        }
    }

    private static BusDevice writesTo(Runnable action) {
        return new BusDevice() {
            @Override
            public long read(long offset, int size) {
                return 0;
            }

            @Override
            public void write(long offset, int size, long value) {
                action.run();
            }
        };
    }

    // A user answers an MSR.

    /** mov $0xc0010000, %ecx with a number no processor has; rdmsr; out %al, $0xf4. */
    private static final String READ_UNKNOWN_MSR = "66b934123456" + "0f32" + EXIT_WITH_AL;

    @Test
    void anMsrIsAnsweredByAnExitHandler() {
        ExitHandler answering =
                (vcpu, reason) -> {
                    if (reason != ExitReason.X86_RDMSR) {
                        return ExitHandler.Verdict.NOT_MINE;
                    }
                    assertEquals(0x5634_1234, vcpu.exit().msrIndex());
                    vcpu.exit().setMsrValue(42);
                    return ExitHandler.Verdict.HANDLED;
                };
        MachineBuilder builder =
                running(READ_UNKNOWN_MSR)
                        .configureVm(vm -> vm.exitOnMsr(MsrExitReason.UNKNOWN))
                        .exitHandler((vcpu, reason) -> ExitHandler.Verdict.NOT_MINE)
                        .exitHandler(answering);
        assertEquals(new Outcome.Exited(42), outcomeOf(builder));
    }

    @Test
    void anExitThatNobodyTakesEndsTheMachine() {
        MachineBuilder builder =
                running(READ_UNKNOWN_MSR)
                        .configureVm(vm -> vm.exitOnMsr(MsrExitReason.UNKNOWN))
                        .exitHandler((vcpu, reason) -> ExitHandler.Verdict.NOT_MINE);
        var outcome = assertInstanceOf(Outcome.HostError.class, outcomeOf(builder));
        assertTrue(outcome.describe().contains("unexpected exit"), outcome.describe());
    }

    @Test
    void aHandlerEndsTheMachineWithAnOutcomeOfItsChoice() {
        MachineBuilder builder =
                running("f4")
                        .exitHandler(
                                (vcpu, reason) -> ExitHandler.Verdict.end(new Outcome.Panicked()));
        assertEquals(new Outcome.Panicked(), outcomeOf(builder));
    }

    @Test
    void aHandlerThatWantsIsAskedBeforeTheDevices() {
        var reached = new AtomicInteger();
        ExitHandler first =
                new ExitHandler() {
                    @Override
                    public Verdict handle(Vcpu vcpu, ExitReason reason) {
                        return vcpu.exit().ioPort() == 0x80 ? Verdict.HANDLED : Verdict.NOT_MINE;
                    }

                    @Override
                    public Set<ExitReason> first() {
                        return Set.of(ExitReason.IO);
                    }
                };
        MachineBuilder builder =
                running("b007e680e681" + EXIT_WITH_AL)
                        .ports(0x80, 2, writesTo(reached::incrementAndGet))
                        .exitHandler(first);
        assertEquals(new Outcome.Exited(7), outcomeOf(builder));
        assertEquals(1, reached.get());
    }

    @Test
    void whatAHandlerThrowsEndsTheMachine() {
        var failure = new IllegalArgumentException("no idea");
        MachineBuilder builder =
                running("f4")
                        .exitHandler(
                                (vcpu, reason) -> {
                                    throw failure;
                                });
        var outcome = assertInstanceOf(Outcome.HostError.class, outcomeOf(builder));
        assertEquals("exit handler: no idea", outcome.describe());
    }

    @Test
    void aHandlerPausesTheMachine() throws InterruptedException {
        var paused = new CountDownLatch(1);
        ExitHandler pausing =
                (vcpu, reason) -> {
                    paused.countDown();
                    return ExitHandler.Verdict.PAUSE;
                };
        // hlt; mov $5, %al; out %al, $0xf4
        try (Machine machine = running("f4b005" + EXIT_WITH_AL).exitHandler(pausing).build()) {
            machine.start();
            paused.await();
            machine.pause();
            machine.resume();
            long rip = machine.onVcpu(0, vcpu -> vcpu.registers().rip());
            assertEquals(0x1001, rip);
            machine.resume();
            assertEquals(new Outcome.Exited(5), machine.await());
        }
    }

    // A user steps through a guest.

    @Test
    void aGuestIsSingleSteppedThroughAnExitHandler() {
        assumeFalse(
                Files.exists(Path.of("/sys/module/kvm_amd")) && isEmulated(),
                "QEMU's SVM does not step");
        List<Long> steps = Collections.synchronizedList(new ArrayList<>());
        ExitHandler stepping =
                (vcpu, reason) -> {
                    if (reason != ExitReason.DEBUG) {
                        return ExitHandler.Verdict.NOT_MINE;
                    }
                    steps.add(vcpu.registers().rip());
                    return ExitHandler.Verdict.HANDLED;
                };
        MachineBuilder builder =
                running("90b00390" + EXIT_WITH_AL)
                        .configureVcpu(vcpu -> vcpu.debug().singleStep())
                        .exitHandler(stepping);
        assertEquals(new Outcome.Exited(3), outcomeOf(builder));
        assertEquals(List.of(0x1001L, 0x1003L, 0x1004L), steps.subList(0, 3));
    }

    private static boolean isEmulated() {
        return !Files.exists(Path.of("/sys/module/kvm_intel"));
    }

    // A user watches.

    @Test
    void anObserverSeesEntriesAndWhatWasHandled() {
        var thread = new AtomicReference<NativeThread>();
        var entries = new AtomicInteger();
        var exits = new AtomicInteger();
        var handled = new AtomicInteger();
        ExitObserver observer =
                new ExitObserver() {
                    @Override
                    public void started(Vcpu vcpu, NativeThread own) {
                        thread.set(own);
                    }

                    @Override
                    public void entering(Vcpu vcpu) {
                        entries.incrementAndGet();
                    }

                    @Override
                    public void exited(Vcpu vcpu, ExitReason reason) {
                        exits.incrementAndGet();
                    }

                    @Override
                    public void handled(Vcpu vcpu, ExitReason reason) {
                        handled.incrementAndGet();
                    }
                };
        MachineBuilder builder =
                running("b005e680e680" + EXIT_WITH_AL).observer(observer).observer((v, r) -> {});
        assertEquals(new Outcome.Exited(5), outcomeOf(builder));
        assertTrue(thread.get().id() > 0);
        assertEquals(3, exits.get());
        assertEquals(3, handled.get());
        assertTrue(entries.get() >= 3);
    }

    @Test
    void nobodyClosesWhatBelongsToTheMachine() {
        List<Consumer<Vcpu>> deeds = List.of(Vcpu::close);
        for (Consumer<Vcpu> deed : deeds) {
            MachineBuilder builder =
                    running("b005" + EXIT_WITH_AL).observer((vcpu, reason) -> deed.accept(vcpu));
            var outcome = assertInstanceOf(Outcome.HostError.class, outcomeOf(builder));
            assertInstanceOf(IllegalStateException.class, outcome.cause());
        }
        assertThrows(
                IllegalStateException.class, () -> running("f4").configureVm(Vm::close).build());
    }

    // A user moves a machine's state into another machine.

    @Test
    void aMachineIsSavedToRecordsAndGoesOnInAnother() throws InterruptedException {
        // mov $1, %bl; out %al, $0x80; 1: inc %bl; cmp $7, %bl; jne 1b; mov %bl, %al; exit
        String code = "b301" + "e680" + "fec3" + "80fb07" + "75f9" + "88d8" + EXIT_WITH_AL;
        VcpuState vcpuState;
        VmState vmState;
        byte[] memory;
        var reached = new CountDownLatch(1);
        ExitHandler pausing =
                new ExitHandler() {
                    @Override
                    public Verdict handle(Vcpu vcpu, ExitReason reason) {
                        if (reason != ExitReason.IO || vcpu.exit().ioPort() != 0x80) {
                            return Verdict.NOT_MINE;
                        }
                        reached.countDown();
                        return Verdict.PAUSE;
                    }

                    @Override
                    public Set<ExitReason> first() {
                        return Set.of(ExitReason.IO);
                    }
                };
        try (Machine one = running(code).irqchip(IrqchipMode.KERNEL).exitHandler(pausing).build()) {
            one.start();
            reached.await();
            one.pause();
            vcpuState = one.onVcpu(0, Vcpu::saveState);
            vmState = one.onVm(Vm::saveState);
            memory = one.memory().read(0, 1 << 20);
        }
        try (Machine other = running("f4").irqchip(IrqchipMode.KERNEL).build()) {
            other.memory().write(0, memory);
            other.onVm(
                    vm -> {
                        vm.restoreState(vmState);
                        return null;
                    });
            other.onVcpu(
                    0,
                    vcpu -> {
                        vcpu.restoreState(vcpuState);
                        return null;
                    });
            assertEquals(new Outcome.Exited(7), other.run());
        }
    }
}
