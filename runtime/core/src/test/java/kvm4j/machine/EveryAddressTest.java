package kvm4j.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import kvm4j.boot.FlatImage;
import kvm4j.device.DebugConsole;
import kvm4j.device.MmioBus;
import kvm4j.device.PortBus;
import kvm4j.kvm.NeedsKvm;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.OutputStream;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Every port, and every address of the devices in memory and around them, at every width, in
 * machines with everything plugged in: each access is answered, and no answer is wider than it.
 */
@NeedsKvm
class EveryAddressTest {

    private static final int[] PORT_SIZES = {1, 2, 4};
    private static final long[] VALUES = {0, -1, 0x80, 0x2000, 0x55aa_1234_55aa_1234L};
    private static final long PAGE = 4096;

    /** The I/O APIC, the HPET, the local APIC, nothing, and the ends of the address space. */
    private static final long[] PAGES = {
        0xfec0_0000L, 0xfed0_0000L, 0xfee0_0000L, 0xb000_0000L, 0, -PAGE, Long.MAX_VALUE & -PAGE
    };

    @ParameterizedTest
    @EnumSource
    void isAnswered(IrqchipMode irqchip) {
        AtomicReference<Board> board = new AtomicReference<>();
        try (Machine _ =
                Machine.builder()
                        .memory(1 << 20)
                        .image(new FlatImage(new byte[] {(byte) 0xf4}))
                        .irqchip(irqchip)
                        .pc()
                        .exitDevice(Peripherals.isaDebugExit())
                        .peripheral(Peripherals.testDevice())
                        .peripheral(
                                Peripherals.debugConsole(
                                        DebugConsole.FIRMWARE_PORT,
                                        OutputStream.nullOutputStream()))
                        .peripheral(board::set)
                        .build()) {
            sweep(board.get().ports());
            sweep(board.get().mmio());
        }
    }

    private static void sweep(PortBus ports) {
        for (int port = 0; port < PortBus.PORTS; port++) {
            for (int size : PORT_SIZES) {
                requireNoWider(ports.read(port, size), size);
                for (long value : VALUES) {
                    ports.write(port, size, value & mask(size));
                    requireNoWider(ports.read(port, size), size);
                }
            }
        }
    }

    private static void sweep(MmioBus mmio) {
        for (long page : PAGES) {
            for (long address = page - Long.BYTES; address != page + PAGE; address++) {
                for (int size = 1; size <= Long.BYTES; size++) {
                    requireNoWider(mmio.read(address, size), size);
                    for (long value : VALUES) {
                        mmio.write(address, size, value & mask(size));
                    }
                }
            }
        }
    }

    private static void requireNoWider(long answer, int size) {
        assertEquals(0, answer & ~mask(size));
    }

    private static long mask(int size) {
        return -1L >>> Long.SIZE - size * Byte.SIZE;
    }
}
