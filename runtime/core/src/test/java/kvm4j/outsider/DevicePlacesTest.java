package kvm4j.outsider;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.boot.FlatImage;
import kvm4j.device.BusAttachment;
import kvm4j.device.BusDevice;
import kvm4j.kvm.NeedsKvm;
import kvm4j.machine.IrqchipMode;
import kvm4j.machine.Machine;
import kvm4j.machine.MachineBuilder;
import kvm4j.machine.Outcome;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.time.Duration;
import java.util.HexFormat;

/** Devices of somebody's own, where they can be, where they cannot, and as they move. */
@NeedsKvm
class DevicePlacesTest {

    private static final int BAR_PORT = 0x300;

    /** Counts how often it was read. */
    private static final class Counter implements BusDevice {

        private int reads;

        @Override
        public long read(long offset, int size) {
            return ++reads;
        }

        @Override
        public void write(long offset, int size, long value) {}
    }

    /** A base address register: what is written there is where the other device is. */
    private record BaseAddress(BusAttachment target) implements BusDevice {

        @Override
        public long read(long offset, int size) {
            return target.start();
        }

        @Override
        public void write(long offset, int size, long value) {
            target.moveTo(value);
        }
    }

    private static MachineBuilder executing(String code) {
        return Machine.builder()
                .memory(1 << 20)
                .image(new FlatImage(HexFormat.ofDelimiter(" ").parseHex(code)))
                .timeLimit(Duration.ofSeconds(60));
    }

    @Test
    void theGuestMovesADevice() {
        String code =
                // mov dx,0x200; in al,dx
                "ba 00 02 ec"
                        // mov dx,0x300; mov ax,0x400; out dx,ax
                        + " ba 00 03 b8 00 04 ef"
                        // mov dx,0x400; in al,dx; mov ah,al
                        + " ba 00 04 ec 88 c4"
                        // mov dx,0x200; in al,dx; out 0xf4,ax
                        + " ba 00 02 ec e7 f4";
        MachineBuilder builder =
                executing(code)
                        .peripheral(
                                board -> {
                                    var counter = board.ports().attach(0x200, 1, new Counter());
                                    board.ports().attach(BAR_PORT, 4, new BaseAddress(counter));
                                });
        try (Machine machine = builder.build()) {
            assertEquals(new Outcome.Exited(0x02ff), machine.run());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "NONE, 0x1000, 0x1000, the guest's RAM",
        "NONE, 0xffffc, 8, the guest's RAM",
        "NONE, 0xfeffd000, 4, KVM",
        "KERNEL, 0xfee00000, 0x1000, the local APICs",
        "SPLIT, 0xfee00ff0, 4, the local APICs",
        "KERNEL, 0xfec00010, 4, the I/O APIC"
    })
    void noDeviceIsWhereTheKernelAnswers(IrqchipMode irqchip, String gpa, String size, String who) {
        MachineBuilder builder =
                executing("f4")
                        .irqchip(irqchip)
                        .mmio(Long.decode(gpa), Long.decode(size), new Counter());
        assertRefused(builder, who);
    }

    @ParameterizedTest
    @CsvSource({
        "0x20, 2, the 8259A",
        "0xa1, 1, the 8259A",
        "0x4d0, 2, the 8259A",
        "0x3f, 2, the 8254",
        "0x61, 1, the 8254"
    })
    void noDeviceIsAtThePortsOfTheKernel(String port, int count, String who) {
        MachineBuilder kernel =
                executing("f4")
                        .irqchip(IrqchipMode.KERNEL)
                        .ports(Integer.decode(port), count, new Counter());
        assertRefused(kernel, who);
        executing("f4").ports(Integer.decode(port), count, new Counter()).build().close();
    }

    private static void assertRefused(MachineBuilder builder, String owner) {
        String message = assertThrows(IllegalArgumentException.class, builder::build).getMessage();
        assertTrue(message.contains(owner), message);
    }
}
