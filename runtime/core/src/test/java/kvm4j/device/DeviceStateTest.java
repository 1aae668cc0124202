package kvm4j.device;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import kvm4j.memory.GuestMemory;
import kvm4j.x86.Msi;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.OutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SequencedSet;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * Whatever a guest does to devices: restored elsewhere in the middle of it, they go on as if
 * nothing had been. All that they do is compared: what they answer, what they print, how they drive
 * their lines, what they tell their machine.
 */
class DeviceStateTest {

    private static final int ROUNDS = 200;
    private static final int SCRIPT = 12 * 1500;

    static LongStream seeds() {
        return LongStream.range(0, ROUNDS);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void devicesGoOnElsewhere(long seed) {
        Random random = new Random(seed);
        byte[] before = new byte[SCRIPT];
        byte[] after = new byte[SCRIPT];
        random.nextBytes(before);
        random.nextBytes(after);
        try (Bench original = new Bench(new ManualClock("2024-02-28T23:59:50Z"))) {
            original.play(before);
            original.clock.advance(Duration.ofNanos(random.nextLong(3_000_000_000L)));
            original.beginRequest(random.nextInt(2));
            ManualClock later = new ManualClock(original.clock.instant().toString());
            later.advance(Duration.ofSeconds(random.nextInt(100_000)));
            try (Bench copy = new Bench(later)) {
                copy.become(original);
                assertEquals(List.of(), copy.events, "restoring does nothing that others see");
                original.events.clear();
                for (Bench bench : List.of(original, copy)) {
                    bench.driveClock(Bench.CLOCK_FLAGS, 0);
                    bench.finishRequest();
                    bench.play(after);
                }
                assertEquals(original.events, copy.events);
                assertArrayEquals(
                        original.memory.read(0, Bench.RAM), copy.memory.read(0, Bench.RAM));
            }
        }
    }

    /** Every device there is, but for the power management timer, which counts real time. */
    private static final class Bench implements AutoCloseable, FuzzedGuest.Host {

        private static final int RAM = 0x8000;
        private static final int CLOCK_REGISTERS = 14;
        private static final int CLOCK_FLAGS = 0x0c;
        private static final int WRITE_REQUEST = Integer.reverseBytes(1 << 4);

        private final ManualClock clock;
        private final ManualTimers timers = new ManualTimers();
        private final List<String> events = new ArrayList<>();
        private final PortBus ports = new PortBus();
        private final MmioBus mmio = new MmioBus();
        private final GuestMemory memory = GuestMemory.builder().ram(0, RAM).build();
        private final IoApic ioApic = new IoApic(1, new LocalApics());
        private final Serial16550 serial;
        private int typed;

        Bench(ManualClock clock) {
            this.clock = clock;
            mmio.attach(IoApic.ADDRESS, IoApic.SIZE, ioApic);
            serial = new Serial16550(new Output(), line(Serial16550.COM1_INTERRUPT));
            ports.attach(Serial16550.COM1_PORT, Serial16550.PORTS, serial);
            new I8042(line(1), event("reset")).attachTo(ports);
            ports.attach(SystemControlPort.PORT, 1, new SystemControlPort(event("reset")));
            ports.attach(
                    RealTimeClock.PORT,
                    RealTimeClock.PORTS,
                    new RealTimeClock(clock, line(8), timers, new CmosInventory(1 << 30, 0, 2)));
            new PowerOffPorts(event("off")).attachTo(ports);
            ports.attach(
                    PciHostBridge.PORT, PciHostBridge.PORTS, new PciHostBridge(event("reset")));
            ports.attach(
                    FwCfg.PORT,
                    FwCfg.PORTS,
                    FwCfg.builder().file("etc/file", new byte[3000]).build(memory));
            ports.attach(PanicDevice.PORT, 1, new PanicDevice(e -> events.add(e.name())));
            ports.attach(DebugExit.PORT, 4, new DebugExit(code -> events.add("exit " + code)));
            ports.attach(DebugConsole.FIRMWARE_PORT, 1, new DebugConsole(new Output()));
            List<InterruptLine> lines =
                    IntStream.range(0, PcTestDevice.INTERRUPTS).mapToObj(this::line).toList();
            new PcTestDevice(lines, page -> events.add("flush " + page)).attachTo(ports, mmio);
        }

        private Runnable event(String name) {
            return () -> events.add(name);
        }

        private InterruptLine line(int gsi) {
            InterruptLine line = ioApic.line(gsi);
            return high -> {
                events.add("line " + gsi + " " + high);
                line.setLevel(high);
            };
        }

        void play(byte[] script) {
            new FuzzedGuest(ports, mmio)
                    .withPorts(Serial16550.COM1_PORT, Serial16550.PORTS)
                    .withPorts(I8042.DATA_PORT, 5)
                    .withPorts(SystemControlPort.PORT, 1)
                    .withPorts(RealTimeClock.PORT, RealTimeClock.PORTS)
                    .withPorts(PowerOffPorts.BOCHS_SHUTDOWN_PORT, 1)
                    .withPorts(PciHostBridge.PORT, PciHostBridge.PORTS)
                    .withPorts(PanicDevice.PORT, FwCfg.PORT + FwCfg.PORTS - PanicDevice.PORT)
                    .withPorts(PcTestDevice.REGISTER_PORT, 24)
                    .withPorts(PcTestDevice.INTERRUPT_PORT, PcTestDevice.INTERRUPTS)
                    .withMmio(IoApic.ADDRESS, 0x50)
                    .withMmio(PcTestDevice.MMIO_ADDRESS, 0x10)
                    .withHost(this)
                    .withWitness(value -> events.add("read " + value))
                    .play(script);
        }

        @Override
        public void act(int offset, int size, long value) {
            switch (size) {
                case 0 -> clock.advance(Duration.ofNanos(value >>> 30));
                case 1 -> timers.expire();
                case 2 -> ioApic.endOfInterrupt(offset & 0xff);
                case 3, 4 -> type((byte) value);
                case 5, 6 -> driveClock(offset % CLOCK_REGISTERS, value);
                default -> memory.putLong(offset % (RAM - Long.BYTES), value);
            }
        }

        /** Half of a request to fw_cfg, which is to fail, at an address with this high half. */
        void beginRequest(int high) {
            memory.putInt(0, WRITE_REQUEST);
            ports.write(FwCfg.PORT + 4, 4, Integer.reverseBytes(high));
        }

        void finishRequest() {
            ports.write(FwCfg.PORT + 8, 4, 0);
        }

        /** What fuzzing rarely does: it goes for the clock's registers. */
        private void driveClock(int register, long value) {
            ports.write(RealTimeClock.PORT, 1, register);
            if (value < 0) {
                ports.write(RealTimeClock.PORT + 1, 1, value);
            } else {
                events.add("clock " + ports.read(RealTimeClock.PORT + 1, 1));
            }
        }

        private void type(byte value) {
            if (typed++ < Serial16550.INPUT_CAPACITY) {
                try {
                    serial.receive(value);
                } catch (InterruptedException e) {
                    throw new AssertionError("waits with room left", e);
                }
            }
        }

        /** Takes the states over, those of interrupt controllers first. */
        void become(Bench original) {
            memory.write(0, original.memory.read(0, RAM));
            typed = original.typed;
            List<StatefulDevice<?>> theirs = List.copyOf(original.devices());
            List<StatefulDevice<?>> ours = List.copyOf(devices());
            for (int i = 0; i < ours.size(); i++) {
                copy(theirs.get(i), ours.get(i));
            }
        }

        private static <S extends DeviceState> void copy(
                StatefulDevice<S> from, StatefulDevice<?> to) {
            S state = from.save();
            assertEquals(from.stateType(), to.stateType());
            assertEquals(state.getClass(), to.stateType());
            @SuppressWarnings("unchecked") // it says so itself
            StatefulDevice<S> target = (StatefulDevice<S>) to;
            target.restore(state, GuestTime.STOPPED);
        }

        private SequencedSet<StatefulDevice<?>> devices() {
            SequencedSet<StatefulDevice<?>> devices = new LinkedHashSet<>();
            devices.add(ioApic);
            for (Bus bus : List.of(mmio, ports)) {
                for (BusAttachment attachment : bus.attachments()) {
                    devices.add(attachment.device().stateOwner().orElseThrow());
                }
            }
            return devices;
        }

        @Override
        public void close() {
            memory.close();
        }

        private final class Output extends OutputStream {
            @Override
            public void write(int value) {
                events.add("output " + value);
            }
        }

        private final class LocalApics implements IoApic.LocalApics {
            @Override
            public void send(Msi message) {
                events.add("message %x %x".formatted(message.address(), message.data()));
            }

            @Override
            public void redirected(Map<Integer, Msi> lines) {}
        }
    }
}
