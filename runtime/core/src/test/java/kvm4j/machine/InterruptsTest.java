package kvm4j.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.boot.Binutils;
import kvm4j.boot.ImageFormat;
import kvm4j.device.BusDevice;
import kvm4j.device.InterruptLine;
import kvm4j.device.Serial16550;
import kvm4j.guests.Guest;
import kvm4j.kvm.Doorbell;
import kvm4j.kvm.ExitReason;
import kvm4j.kvm.NeedsKvm;
import kvm4j.kvm.Vcpu;
import kvm4j.kvm.irq.AllocatedGsi;
import kvm4j.linux.EventFd;
import kvm4j.x86.Msi;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;

/** Machines with interrupt controllers, and what their boards connect. */
@NeedsKvm
class InterruptsTest {

    private static final Duration LIMIT = Duration.ofSeconds(60);

    /** The vector of the serial port's interrupt in {@link Guest#ECHO_INTERRUPT}. */
    private static final int SERIAL_VECTOR = 0x44;

    private static MachineBuilder booting(Guest guest) {
        byte[] image = guest.image();
        return Machine.builder().image(ImageFormat.of(image).read(image)).timeLimit(LIMIT);
    }

    private static Outcome run(MachineBuilder builder) {
        try (Machine machine = builder.build()) {
            return machine.run();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"KERNEL", "SPLIT"})
    void haltWaitsForAnInterrupt(IrqchipMode irqchip) {
        Outcome outcome =
                run(
                        booting(Guest.TICK)
                                .irqchip(irqchip)
                                .prepare(memory -> memory.putLong(Guest.PARAMETER_BLOCK, 20)));
        assertEquals(new Outcome.Exited(0), outcome);
    }

    @ParameterizedTest
    @CsvSource({
        "KERNEL, 20, 0x40, 6",
        "KERNEL, 2, 0x10, 0",
        "KERNEL, 2, 0x20, 0",
        "SPLIT, 20, 0x40, 6",
        "SPLIT, 4, 0x70, 15"
    })
    void theRealTimeClockInterrupts(IrqchipMode irqchip, long count, long enable, long rate) {
        Outcome outcome =
                run(
                        booting(Guest.RTC)
                                .irqchip(irqchip)
                                .pc()
                                .prepare(
                                        memory -> {
                                            memory.putLong(Guest.PARAMETER_BLOCK, count);
                                            memory.putLong(Guest.PARAMETER_BLOCK + 8, enable);
                                            memory.putLong(Guest.PARAMETER_BLOCK + 16, rate);
                                        }));
        assertEquals(new Outcome.Exited(0), outcome);
    }

    @Test
    void haltEndsAMachineWithoutInterrupts() {
        assertEquals(new Outcome.Halted(), run(booting(Guest.TICK)));
    }

    @ParameterizedTest
    @EnumSource(names = {"KERNEL", "SPLIT"})
    void typedInputInterrupts(IrqchipMode irqchip) {
        var console = new ByteArrayOutputStream();
        var input = new ByteArrayInputStream("wake up\u0004".getBytes(StandardCharsets.UTF_8));
        MachineBuilder builder =
                booting(Guest.ECHO_INTERRUPT).irqchip(irqchip).console(input, console);
        assertEquals(new Outcome.Exited(0), run(builder));
        assertEquals("wake up", console.toString(StandardCharsets.UTF_8));
    }

    /**
     * Its handler masks the line, ends the interrupt, has the device ask for another one, and lifts
     * the mask: what kernels do whose handlers are threads.
     */
    private static final String MASKS_IN_SERVICE =
            """
            .globl _start
            _start: lidt table
                mov $0xff, %al
                out %al, $0x21
                out %al, $0xa1
                mov $0xfee00000, %edi
                mov $0xfec00000, %esi
                movl $0x1ff, 0xf0(%rdi)
                movl $0x39, (%rsi)
                movl $0, 0x10(%rsi)
                movl $0x38, (%rsi)
                movl $0x8044, 0x10(%rsi)
                mov $0x500, %edx
                mov $1, %al
                out %al, %dx
            sleep: sti
                hlt
                cli
                cmp $2, %ebx
                jb sleep
                xor %eax, %eax
                out %al, $0xf4
            handle: movl $0x18044, 0x10(%rsi)
                movl $0, 0xb0(%rdi)
                mov $0, %al
                out %al, %dx
                test %ebx, %ebx
                jnz done
                mov $1, %al
                out %al, %dx
            done: inc %ebx
                movl $0x8044, 0x10(%rsi)
                iretq
            table: .word gates_end - gates - 1
                .quad gates
                .balign 16
            gates: .fill 0x44 * 16
                .word handle, 0x10, 0x8e00, 0, 0, 0, 0, 0
            gates_end:
            """;

    @ParameterizedTest
    @EnumSource(names = {"KERNEL", "SPLIT"})
    void aLineThatIsMaskedInServiceInterruptsAgain(IrqchipMode irqchip, @TempDir Path folder)
            throws Exception {
        byte[] image =
                new Binutils(folder)
                        .link(Binutils.Target.X86_64, MASKS_IN_SERVICE, "-Ttext=0x9000");
        MachineBuilder builder =
                Machine.builder()
                        .image(ImageFormat.ELF64.read(image))
                        .irqchip(irqchip)
                        .timeLimit(LIMIT)
                        .peripheral(
                                board ->
                                        board.ports()
                                                .attach(0x500, 1, driving(board.interrupt(20))));
        assertEquals(new Outcome.Exited(0), run(builder));
    }

    /** Halts with interrupts off, and ends at an NMI, which is what line 20 delivers. */
    private static final String AWAITS_NMI =
            """
            .globl _start
            _start: lidt table
                mov $0xff, %al
                out %al, $0x21
                out %al, $0xa1
                mov $0xfee00000, %edi
                mov $0xfec00000, %esi
                movl $0x1ff, 0xf0(%rdi)
                movl $0x39, (%rsi)
                movl $0, 0x10(%rsi)
                movl $0x38, (%rsi)
                movl $0x400, 0x10(%rsi)
                hlt
                mov $1, %al
                out %al, $0xf4
            handle: mov $7, %al
                out %al, $0xf4
            table: .word gates_end - gates - 1
                .quad gates
                .balign 16
            gates: .fill 2 * 16
                .word handle, 0x10, 0x8e00, 0, 0, 0, 0, 0
            gates_end:
            """;

    @ParameterizedTest
    @EnumSource(names = {"KERNEL", "SPLIT"})
    void whoeverAwaitsAnNmiHasNotHaltedForGood(IrqchipMode irqchip, @TempDir Path folder)
            throws Exception {
        byte[] image =
                new Binutils(folder).link(Binutils.Target.X86_64, AWAITS_NMI, "-Ttext=0x9000");
        AtomicReference<InterruptLine> line = new AtomicReference<>();
        CountDownLatch looks = new CountDownLatch(3);
        MachineObserver watching =
                new MachineObserver() {
                    @Override
                    public void kicked(Vcpu vcpu, Kick kick) {
                        if (kick.reason() == Kick.Reason.HALT_WATCH) {
                            looks.countDown();
                        }
                    }
                };
        try (Machine machine =
                Machine.builder()
                        .image(ImageFormat.ELF64.read(image))
                        .irqchip(irqchip)
                        .timeLimit(LIMIT)
                        .machineObserver(() -> watching)
                        .peripheral(board -> line.set(board.interrupt(20)))
                        .build()) {
            machine.start();
            machine.outcome().thenRun(() -> endOf(looks));
            looks.await();
            line.get().setLevel(true);
            assertEquals(new Outcome.Exited(7), machine.await());
        }
    }

    private static void endOf(CountDownLatch latch) {
        while (latch.getCount() > 0) {
            latch.countDown();
        }
    }

    /** What is written is the line's level. */
    private static BusDevice driving(InterruptLine line) {
        return new BusDevice() {
            @Override
            public long read(long offset, int size) {
                return -1;
            }

            @Override
            public void write(long offset, int size, long value) {
                line.setLevel(value != 0);
            }
        };
    }

    @ParameterizedTest
    @EnumSource(names = {"KERNEL", "SPLIT"})
    void anEventInterrupts(IrqchipMode irqchip) throws InterruptedException {
        wakeSleeper(
                irqchip,
                board -> {
                    EventFd event = board.interruptEvent(Serial16550.COM1_INTERRUPT);
                    return event::signal;
                });
    }

    @ParameterizedTest
    @EnumSource(names = {"KERNEL", "SPLIT"})
    void aMessageInterrupts(IrqchipMode irqchip) throws InterruptedException {
        wakeSleeper(irqchip, board -> () -> board.signal(Msi.fixed(0, SERIAL_VECTOR)));
    }

    @ParameterizedTest
    @EnumSource(names = {"KERNEL", "SPLIT"})
    void anInterruptOfAPeripheralsOwnInterrupts(IrqchipMode irqchip) throws InterruptedException {
        wakeSleeper(
                irqchip,
                board -> {
                    EventFd event = board.event();
                    AllocatedGsi own = board.allocateInterrupt();
                    own.routeTo(Msi.fixed(0, SERIAL_VECTOR));
                    own.attach(event);
                    return event::signal;
                });
    }

    /** The guest sleeps until interrupt 4, and then looks at its serial port's line status. */
    private static void wakeSleeper(IrqchipMode irqchip, Function<Board, Runnable> alarm)
            throws InterruptedException {
        AtomicReference<Runnable> wakeUp = new AtomicReference<>();
        CountDownLatch asleep = new CountDownLatch(1);
        CountDownLatch woken = new CountDownLatch(1);
        MachineBuilder builder =
                booting(Guest.ECHO_INTERRUPT)
                        .irqchip(irqchip)
                        .peripheral(board -> wakeUp.set(alarm.apply(board)))
                        .observer(onPort(Serial16550.COM1_PORT + 1, asleep))
                        .observer(onPort(Serial16550.COM1_PORT + 5, woken));
        try (Machine machine = builder.build()) {
            machine.start();
            asleep.await();
            assertEquals(1, woken.getCount());
            wakeUp.get().run();
            assertTrue(woken.await(LIMIT.toSeconds(), TimeUnit.SECONDS));
            machine.stop();
            assertEquals(new Outcome.Stopped(), machine.await());
        }
    }

    private static ExitObserver onPort(int port, CountDownLatch latch) {
        return (vcpu, reason) -> {
            if (reason == ExitReason.IO && vcpu.exit().ioPort() == port) {
                latch.countDown();
            }
        };
    }

    @Test
    void anInterruptNeedsItsControllerAndNumber() {
        MachineBuilder none = booting(Guest.HELLO).peripheral(board -> board.interruptEvent(4));
        assertThrows(IllegalStateException.class, none::build);
        MachineBuilder message =
                booting(Guest.HELLO).peripheral(board -> board.signal(Msi.fixed(0, 0x44)));
        assertThrows(IllegalStateException.class, message::build);
        MachineBuilder own = booting(Guest.HELLO).peripheral(Board::allocateInterrupt);
        assertThrows(IllegalStateException.class, own::build);
        MachineBuilder beyond = booting(Guest.HELLO).peripheral(board -> board.interrupt(24));
        assertThrows(IllegalArgumentException.class, beyond::build);
    }

    @Test
    void aDoorbellNeedsNoExit() {
        AtomicReference<EventFd> event = new AtomicReference<>();
        List<Integer> written = new ArrayList<>();
        MachineBuilder builder =
                booting(Guest.PIO)
                        .prepare(
                                memory -> {
                                    memory.putLong(Guest.PARAMETER_BLOCK, 10);
                                    memory.putLong(Guest.PARAMETER_BLOCK + 16, 0x500);
                                })
                        .ports(0x500, 1, recording(written))
                        .peripheral(board -> event.set(board.doorbell(Doorbell.port(0x500, 1))));
        try (Machine machine = builder.build()) {
            assertEquals(new Outcome.Exited(0), machine.run());
            assertEquals(10, event.get().take());
            assertTrue(written.isEmpty());
        }
    }

    @Test
    void collectedWritesReachTheirDeviceInOrder() {
        List<Integer> written = new ArrayList<>();
        List<ExitReason> exits = new ArrayList<>();
        MachineBuilder builder =
                booting(Guest.MMIO)
                        .prepare(memory -> memory.putLong(Guest.PARAMETER_BLOCK, 10))
                        .mmio(Guest.MMIO_ADDRESS, 4, recording(written))
                        .observer((vcpu, reason) -> exits.add(reason))
                        .peripheral(board -> board.coalesceMmio(Guest.MMIO_ADDRESS, 4));
        assertInstanceOf(Outcome.Exited.class, run(builder));
        assertEquals(10, written.size());
        assertFalse(exits.contains(ExitReason.MMIO), exits::toString);
    }

    private static BusDevice recording(List<Integer> written) {
        return new BusDevice() {
            @Override
            public long read(long offset, int size) {
                return -1;
            }

            @Override
            public void write(long offset, int size, long value) {
                written.add((int) value);
            }
        };
    }
}
