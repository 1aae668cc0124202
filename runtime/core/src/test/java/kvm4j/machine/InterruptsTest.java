package kvm4j.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.boot.ImageFormat;
import kvm4j.device.BusDevice;
import kvm4j.device.Serial16550;
import kvm4j.guests.Guest;
import kvm4j.kvm.Doorbell;
import kvm4j.kvm.ExitReason;
import kvm4j.kvm.NeedsKvm;
import kvm4j.kvm.irq.AllocatedGsi;
import kvm4j.linux.EventFd;
import kvm4j.x86.Msi;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
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
