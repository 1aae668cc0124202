package kvm4j.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import kvm4j.boot.FlatImage;
import kvm4j.kvm.Kvm;
import kvm4j.kvm.NeedsKvm;
import kvm4j.kvm.Vm;
import kvm4j.pc.AcpiTables;
import kvm4j.pc.MpTable;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HexFormat;
import java.util.concurrent.atomic.AtomicReference;

/** What a machine has as a PC, and peripherals for guests under test. */
@NeedsKvm
class PcTest {

    private static MachineBuilder executing(String code) {
        return Machine.builder()
                .image(new FlatImage(HexFormat.ofDelimiter(" ").parseHex(code)))
                .timeLimit(Duration.ofSeconds(60));
    }

    private static Outcome run(MachineBuilder builder) {
        try (Machine machine = builder.build()) {
            return machine.run();
        }
    }

    @Test
    void theIoApicIsCalledAsTheTablesSay() {
        try (Kvm kvm = Kvm.open();
                Vm vm = kvm.createVm()) {
            new KernelInterrupts(vm, 3);
            assertEquals(3, vm.irqchip().ioApic().id());
        }
    }

    @ParameterizedTest
    @CsvSource({
        // mov dx,0x604; mov ax,0x2000 (sleep, type 0: S5); out dx,ax
        "ba 04 06 b8 00 20 ef f4, PoweredOff",
        // the same with type 5
        "ba 04 06 b8 00 34 ef f4, PoweredOff",
        // mov dx,0xb004; mov ax,0x2000; out dx,ax
        "ba 04 b0 b8 00 20 ef f4, PoweredOff",
        // mov dx,0x4004; mov ax,0x3400; out dx,ax
        "ba 04 40 b8 00 34 ef f4, PoweredOff",
        // mov al,0xfe; out 0x64,al
        "b0 fe e6 64 f4, Reset",
        // mov al,1; out 0x92,al
        "b0 01 e6 92 f4, Reset",
        // mov dx,0xcf9; mov al,6; out dx,al
        "ba f9 0c b0 06 ee f4, Reset",
        // mov dx,0x505; mov al,1; out dx,al
        "ba 05 05 b0 01 ee f4, Panicked",
        // mov dx,0x505; mov al,2 (a crash kernel goes on); out dx,al; hlt
        "ba 05 05 b0 02 ee f4, Halted"
    })
    void theGuestEndsItsMachine(String code, String outcome) {
        assertEquals(outcome, run(executing(code).pc()).getClass().getSimpleName());
        assertEquals(
                "Halted",
                run(executing(code)).getClass().getSimpleName(),
                "without the PC's devices");
    }

    @Test
    void tablesAreWhereKernelsLook() {
        AtomicReference<String> acpi = new AtomicReference<>();
        AtomicReference<String> mp = new AtomicReference<>();
        run(
                executing("f4")
                        .pc()
                        .prepare(
                                memory -> {
                                    acpi.set(memory.readString(AcpiTables.ROOT_ADDRESS, 8));
                                    mp.set(memory.readString(MpTable.ADDRESS, 4));
                                }));
        assertEquals("RSD PTR ", acpi.get());
        assertEquals("_MP_", mp.get());
    }

    @Test
    void aPcWithLittleMemoryHasNoTables() {
        assertEquals(new Outcome.Halted(), run(executing("f4").memory(64 << 10).pc()));
    }

    @Test
    void thePowerButtonReachesTheGuest() {
        // mov dx,0x600; in ax,dx; test ah,1; jz back; mov al,7; out 0xf4,al
        MachineBuilder builder = executing("ba 00 06 ed f6 c4 01 74 fa b0 07 e6 f4");
        try (Machine machine = builder.pc().build()) {
            machine.start();
            machine.pressPowerButton();
            assertEquals(new Outcome.Exited(7), machine.await());
        }
        try (Machine machine = executing("f4").build()) {
            assertThrows(IllegalStateException.class, machine::pressPowerButton);
        }
    }

    @ParameterizedTest
    @CsvSource({
        // mov ax,0x100; out 0xf4,ax
        "b8 00 01 e7 f4, 256",
        // mov eax,0x100; out 0xf4,eax
        "66 b8 00 01 00 00 66 e7 f4, 256",
        // mov eax,0xfffffffe; out 0xf4,eax
        "66 b8 fe ff ff ff 66 e7 f4, -2",
        // mov ax,0x1ff; out 0xf4,al
        "b8 ff 01 e6 f4, 255"
    })
    void anExitCodeHasTheWidthThatWasWritten(String code, int exitCode) {
        assertEquals(new Outcome.Exited(exitCode), run(executing(code)));
    }

    @Test
    void isaDebugExitDoublesAndAddsOne() {
        // mov eax,5; out 0xf4,eax
        MachineBuilder builder = executing("66 b8 05 00 00 00 66 e7 f4");
        assertEquals(new Outcome.Exited(11), run(builder.exitDevice(Peripherals.isaDebugExit())));
    }

    @Test
    void theDebugConsoleTakesText() {
        var text = new ByteArrayOutputStream();
        // mov al,'!'; out 0xe9,al; hlt
        run(executing("b0 21 e6 e9 f4").peripheral(Peripherals.debugConsole(0xe9, text)));
        assertEquals("!", text.toString(StandardCharsets.US_ASCII));
    }

    @Test
    void theTestDeviceKeepsWhatItIsTold() {
        // mov eax,0x12345678; out 0xe0,eax; in al,0xe1; out 0xf4,al
        MachineBuilder builder = executing("66 b8 78 56 34 12 66 e7 e0 e4 e1 e6 f4");
        assertEquals(new Outcome.Exited(0x56), run(builder.peripheral(Peripherals.testDevice())));
    }
}
