package kvm4j.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;

import kvm4j.memory.GuestMemory;
import kvm4j.pc.PcDevices;
import kvm4j.x86.Msi;

import java.io.OutputStream;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Any accesses at all to each device at its place on the bus: whatever the guest does, the device
 * answers, soon. Fuzzed on request; otherwise run with what fuzzing found.
 */
class DeviceFuzzTest {

    private static final int RAM = 0x8000;
    private static final int ROM = 0xc000;
    private static final int ROM_SIZE = 0x1000;
    private static final Runnable NOTHING = () -> {};

    /** Besides, the interrupt line says what the identification register says. */
    @FuzzTest
    void serial(byte[] script) {
        PortBus ports = new PortBus();
        Level interrupt = new Level();
        Serial16550 serial = new Serial16550(OutputStream.nullOutputStream(), interrupt);
        ports.attach(Serial16550.COM1_PORT, Serial16550.PORTS, serial);
        new FuzzedGuest(ports, new MmioBus())
                .withPorts(Serial16550.COM1_PORT, Serial16550.PORTS)
                .withHost(new Typist(serial))
                .play(script);
        boolean high = interrupt.high;
        assertEquals(high, (ports.read(Serial16550.COM1_PORT + 2, 1) & 1) == 0);
    }

    /** Besides, the interrupt line is high only while there is something to read. */
    @FuzzTest
    void keyboardController(byte[] script) {
        PortBus ports = new PortBus();
        Level interrupt = new Level();
        new I8042(interrupt, NOTHING).attachTo(ports);
        new FuzzedGuest(ports, new MmioBus())
                .withPorts(I8042.DATA_PORT, 1)
                .withPorts(I8042.COMMAND_PORT, 1)
                .play(script);
        assertTrue(!interrupt.high || (ports.read(I8042.COMMAND_PORT, 1) & 1) != 0);
    }

    /** Devices that are little more than a register. */
    @FuzzTest
    void simplePorts(byte[] script) {
        PortBus ports = new PortBus();
        OutputStream nowhere = OutputStream.nullOutputStream();
        ports.attach(
                RealTimeClock.PORT,
                RealTimeClock.PORTS,
                new RealTimeClock(Clock.systemUTC(), new CmosInventory(1 << 30, 0, 2)));
        ports.attach(SystemControlPort.PORT, 1, new SystemControlPort(NOTHING));
        ports.attach(DebugConsole.BOCHS_PORT, 1, new DebugConsole(nowhere));
        ports.attach(DebugExit.PORT, Integer.BYTES, DebugExit.isaDebugExit(code -> {}));
        ports.attach(PanicDevice.PORT, 1, new PanicDevice(event -> {}));
        new FuzzedGuest(ports, new MmioBus())
                .withPorts(RealTimeClock.PORT, RealTimeClock.PORTS)
                .withPorts(SystemControlPort.PORT, 1)
                .withPorts(DebugConsole.BOCHS_PORT, 1)
                .withPorts(DebugExit.PORT, Integer.BYTES)
                .withPorts(PanicDevice.PORT, 1)
                .play(script);
    }

    @FuzzTest
    void chipset(byte[] script) {
        PortBus ports = new PortBus();
        PowerManagement power = new PowerManagement(InterruptLine.UNCONNECTED, NOTHING);
        ports.attach(PowerManagement.PORT, PowerManagement.PORTS, power);
        ports.attach(PciHostBridge.PORT, PciHostBridge.PORTS, new PciHostBridge(NOTHING));
        new FuzzedGuest(ports, new MmioBus())
                .withPorts(PowerManagement.PORT, PowerManagement.PORTS)
                .withPorts(PciHostBridge.PORT, PciHostBridge.PORTS)
                .withHost((offset, size, value) -> power.pressPowerButton())
                .play(script);
    }

    @FuzzTest
    void firmwareConfiguration(byte[] script) {
        try (GuestMemory memory = newMemory()) {
            PortBus ports = new PortBus();
            FwCfg configuration =
                    FwCfg.builder().file("etc/file", new byte[3000]).item16(5, 2).build(memory);
            ports.attach(FwCfg.PORT, FwCfg.PORTS, configuration);
            new FuzzedGuest(ports, new MmioBus())
                    .withPorts(FwCfg.PORT, FwCfg.PORTS)
                    .withHost(new Processor(memory))
                    .play(script);
        }
    }

    @FuzzTest
    void testDevice(byte[] script) {
        PortBus ports = new PortBus();
        MmioBus mmio = new MmioBus();
        new PcTestDevice(List.of(InterruptLine.UNCONNECTED), page -> {}).attachTo(ports, mmio);
        FuzzedGuest guest = new FuzzedGuest(ports, mmio);
        withTestDevice(guest).play(script);
    }

    @FuzzTest
    void ioApic(byte[] script) {
        MmioBus mmio = new MmioBus();
        IoApic ioApic = new IoApic(1, new DeafLocalApics());
        mmio.attach(IoApic.ADDRESS, IoApic.SIZE, ioApic);
        new FuzzedGuest(new PortBus(), mmio)
                .withMmio(IoApic.ADDRESS, IoApic.SIZE)
                .withHost(
                        (offset, size, value) -> {
                            if (size == 0) {
                                ioApic.endOfInterrupt(offset & 0xff);
                            } else {
                                ioApic.line(offset % IoApic.PINS).setLevel(value != 0);
                            }
                        })
                .play(script);
    }

    @FuzzTest
    void wholePc(byte[] script) {
        try (GuestMemory memory = newMemory()) {
            PortBus ports = new PortBus();
            MmioBus mmio = new MmioBus();
            IoApic ioApic = new IoApic(2, new DeafLocalApics());
            List<InterruptLine> lines = new ArrayList<>();
            for (int pin = 0; pin < IoApic.PINS; pin++) {
                lines.add(ioApic.line(pin));
            }
            mmio.attach(IoApic.ADDRESS, IoApic.SIZE, ioApic);
            new PcDevices(memory, 2, FwCfg.builder(), new Wiring(lines)).attachTo(ports, mmio);
            new PcTestDevice(lines, page -> {}).attachTo(ports, mmio);
            ports.attach(
                    Serial16550.COM1_PORT,
                    Serial16550.PORTS,
                    new Serial16550(
                            OutputStream.nullOutputStream(),
                            lines.get(Serial16550.COM1_INTERRUPT)));
            FuzzedGuest guest =
                    new FuzzedGuest(ports, mmio)
                            .withPorts(I8042.DATA_PORT, 0x40)
                            .withPorts(Serial16550.COM1_PORT, Serial16550.PORTS)
                            .withPorts(PanicDevice.PORT, FwCfg.PORT + FwCfg.PORTS - 0x500)
                            .withPorts(PowerManagement.PORT, PowerManagement.PORTS)
                            .withPorts(PciHostBridge.PORT, PciHostBridge.PORTS)
                            .withPorts(PortBus.PORTS - 4, 4)
                            .withPorts(CrtController.PORT, 7)
                            .withMmio(IoApic.ADDRESS, 0x50)
                            .withMmio(Hpet.ADDRESS, 0x180)
                            .withMmio(Long.MAX_VALUE, 0)
                            .withMmio(0, 0)
                            .withHost(new Processor(memory));
            withTestDevice(guest).play(script);
        }
    }

    private static GuestMemory newMemory() {
        return GuestMemory.builder().ram(0, RAM).rom(ROM, ROM_SIZE).build();
    }

    private static FuzzedGuest withTestDevice(FuzzedGuest guest) {
        return guest.withPorts(PcTestDevice.REGISTER_PORT, 12)
                .withPorts(PcTestDevice.INTERRUPT_PORT, PcTestDevice.INTERRUPTS)
                .withMmio(PcTestDevice.MMIO_ADDRESS, PcTestDevice.MMIO_SIZE);
    }

    /** Remembers how it was driven last. */
    private static final class Level implements InterruptLine {

        private boolean high;

        @Override
        public void setLevel(boolean newLevel) {
            high = newLevel;
        }
    }

    /** Types no more than what the device takes without blocking. */
    private static final class Typist implements FuzzedGuest.Host {

        private final Serial16550 serial;
        private int typed;

        Typist(Serial16550 serial) {
            this.serial = serial;
        }

        @Override
        public void act(int offset, int size, long value) {
            if (typed++ >= Serial16550.INPUT_CAPACITY) {
                return;
            }
            try {
                serial.receive((byte) value);
            } catch (InterruptedException e) {
                throw new AssertionError("waits with room left", e);
            }
        }
    }

    /** Prepares requests for DMA. */
    private record Processor(GuestMemory memory) implements FuzzedGuest.Host {

        @Override
        public void act(int offset, int size, long value) {
            if (memory.contains(offset, Long.BYTES)) {
                memory.putLong(offset, value);
            }
        }
    }

    private record Wiring(List<InterruptLine> lines) implements PcDevices.Wiring {

        @Override
        public InterruptLine interrupt(int number) {
            return lines.get(number);
        }

        @Override
        public void reset() {}

        @Override
        public void powerOff() {}

        @Override
        public void panicked(PanicDevice.Event event) {}
    }

    private static final class DeafLocalApics implements IoApic.LocalApics {

        @Override
        public void send(Msi message) {}

        @Override
        public void redirected(Map<Integer, Msi> lines) {}
    }
}
