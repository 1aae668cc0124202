package kvm4j.pc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.device.FwCfg;
import kvm4j.device.InterruptLine;
import kvm4j.device.MmioBus;
import kvm4j.device.PanicDevice;
import kvm4j.device.PcTestDevice;
import kvm4j.device.PortBus;
import kvm4j.device.Serial16550;
import kvm4j.memory.GuestMemory;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;

/** A whole PC's devices on one bus. */
class PcDevicesTest {

    private static final int SIZE = 32 << 20;

    private final List<String> events = new ArrayList<>();
    private final GuestMemory memory = GuestMemory.ofSize(SIZE);
    private final PortBus ports = new PortBus();
    private final MmioBus mmio = new MmioBus();
    private final PcDevices devices = new PcDevices(memory, 3, FwCfg.builder(), new Events());

    private final class Events implements PcDevices.Wiring {

        @Override
        public InterruptLine interrupt(int number) {
            return high -> note("interrupt " + number + " " + high);
        }

        @Override
        public void reset() {
            note("reset");
        }

        @Override
        public void powerOff() {
            note("power off");
        }

        @Override
        public void panicked(PanicDevice.Event event) {
            note("panic " + event);
        }

        private void note(String event) {
            synchronized (events) {
                events.add(event);
            }
        }
    }

    @BeforeEach
    void attach() {
        devices.attachTo(ports);
    }

    @AfterEach
    void close() {
        memory.close();
    }

    @Test
    void eachWayToEndReachesTheMachine() {
        ports.write(0x64, 1, 0xfe);
        ports.write(0x92, 1, 0x01);
        ports.write(0xcf9, 1, 0x06);
        ports.write(0x604, 2, 0x3400);
        ports.write(0x505, 1, 0x01);
        ports.write(0xb004, 2, 0x2000);
        assertEquals(
                List.of("reset", "reset", "reset", "power off", "panic PANICKED", "power off"),
                events);
    }

    @Test
    void interruptsHaveTheirUsualNumbers() {
        ports.write(0x60, 1, 0xee);
        ports.write(0x602, 2, 0x100);
        devices.pressPowerButton();
        assertEquals(List.of("interrupt 1 true", "interrupt 9 true"), events);
    }

    @Test
    void memoryAndProcessorsAreTold() {
        ports.write(0x70, 1, 0x5f);
        assertEquals(2, ports.read(0x71, 1));
        ports.write(0x70, 1, 0x35);
        assertEquals(1, ports.read(0x71, 1), "16 MiB above 16 MiB, in units of 64 KiB");
        ports.write(0x510, 2, FwCfg.PROCESSORS);
        assertEquals(3, ports.read(0x511, 1));
        ports.write(0x510, 2, FwCfg.RAM_SIZE);
        long size = 0;
        for (int i = 0; i < Long.BYTES; i++) {
            size |= ports.read(0x511, 1) << i * Byte.SIZE;
        }
        assertEquals(SIZE, size);
    }

    /** Two vCPUs write whatever they like wherever they like. */
    @Test
    void surviveAHostileGuestOnTwoProcessors() {
        ports.attach(
                0x3f8,
                Serial16550.PORTS,
                new Serial16550(OutputStream.nullOutputStream(), InterruptLine.UNCONNECTED));
        new PcTestDevice(List.of(), address -> {}).attachTo(ports, mmio);
        var first = CompletableFuture.runAsync(() -> attack(1));
        var second = CompletableFuture.runAsync(() -> attack(2));
        first.join();
        second.join();
        assertTrue(events.contains("reset") && events.contains("power off"));
    }

    private void attack(long seed) {
        Random random = new Random(seed);
        for (int i = 0; i < 1_000_000; i++) {
            int port = random.nextInt(4) == 0 ? random.nextInt(0x1_0000) : random.nextInt(0x1000);
            int size = 1 << random.nextInt(3);
            long gpa = random.nextLong() >>> random.nextInt(Long.SIZE);
            if (random.nextBoolean()) {
                ports.write(port, size, random.nextLong() >>> random.nextInt(Long.SIZE));
                mmio.write(gpa, size, random.nextLong());
            } else {
                ports.read(port, size);
                mmio.read(gpa, size);
            }
        }
    }
}
