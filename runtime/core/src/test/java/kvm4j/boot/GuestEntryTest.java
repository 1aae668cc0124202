package kvm4j.boot;

import static kvm4j.boot.SampleImages.Sample.ELF32;
import static kvm4j.boot.SampleImages.Sample.FIRMWARE;

import static org.junit.jupiter.api.Assertions.assertEquals;

import kvm4j.boot.SampleImages.Sample;
import kvm4j.device.DebugExit;
import kvm4j.device.InterruptLine;
import kvm4j.device.PortBus;
import kvm4j.device.Serial16550;
import kvm4j.guests.Guest;
import kvm4j.kvm.ExitReason;
import kvm4j.kvm.Kvm;
import kvm4j.kvm.KvmRun;
import kvm4j.kvm.NeedsKvm;
import kvm4j.kvm.Vcpu;
import kvm4j.kvm.Vm;
import kvm4j.memory.GuestMemory;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;

/** Entry states on the host's own KVM: real guests start from them and print. */
@NeedsKvm
class GuestEntryTest {

    private static final int NOT_ENDED = -1;

    private final ByteArrayOutputStream output = new ByteArrayOutputStream();
    private final AtomicInteger exitCode = new AtomicInteger(NOT_ENDED);
    private final PortBus ports = new PortBus();

    private GuestEntryTest() {
        ports.attach(0x3f8, Serial16550.PORTS, new Serial16550(output, InterruptLine.UNCONNECTED));
        ports.attach(0xf4, 1, new DebugExit(exitCode::set));
    }

    private String run(BootImage image) {
        output.reset();
        exitCode.set(NOT_ENDED);
        GuestMemory.Builder layout = GuestMemory.builder().ram(4 << 20);
        image.reserve(layout);
        try (GuestMemory memory = layout.build();
                Kvm kvm = Kvm.open();
                Vm vm = kvm.createVm()) {
            EntryState entry = image.load(memory);
            vm.map(memory);
            Vcpu vcpu = vm.createVcpu(0);
            vcpu.setCpuId(kvm.supportedCpuId());
            vcpu.enterAt(entry.registers(), entry.special());
            KvmRun exit = vcpu.exit();
            while (exitCode.get() == NOT_ENDED) {
                assertEquals(ExitReason.IO, vcpu.run());
                if (exit.ioIsOut()) {
                    ports.write(exit.ioPort(), exit.ioSize(), exit.ioValue(0));
                } else {
                    exit.setIoValue(0, ports.read(exit.ioPort(), exit.ioSize()));
                }
            }
        }
        assertEquals(0, exitCode.get());
        return output.toString(StandardCharsets.US_ASCII);
    }

    @ParameterizedTest
    @CsvSource({
        "HELLO, Hello from long mode",
        "HELLO_PROTECTED, Hello from protected mode",
        "HELLO_REAL, Hello from real mode"
    })
    void guestsGreet(Guest guest, String greeting) {
        byte[] image = guest.image();
        assertEquals(greeting + "\n", run(ImageFormat.of(image).read(image)));
    }

    @ParameterizedTest
    @EnumSource(
            value = Sample.class,
            names = {
                "MULTIBOOT",
                "MULTIBOOT_ELF",
                "MULTIBOOT2",
                "PVH",
                "BZIMAGE_32",
                "BZIMAGE_64",
                "VMLINUX"
            })
    void kernelsFindTheirCommandLine(Sample sample) {
        BootParameters parameters = BootParameters.NONE.withCommandLine("console=ttyS0 quiet");
        BootImage image = sample.format().read(sample.image(), parameters);
        String name = sample.format() == ImageFormat.MULTIBOOT ? "kernel " : "";
        assertEquals(name + "console=ttyS0 quiet", run(image));
    }

    @Test
    void firmwareStartsAtTheResetVector() {
        assertEquals("k", run(FIRMWARE.format().read(FIRMWARE.image())));
    }

    @Test
    void a32BitExecutableHasSegmentsAndAStack() {
        assertEquals("k", run(ELF32.format().read(ELF32.image())));
    }

    /** mov $'k', %al; mov $0x3f8, %dx; out %al, (%dx); xor %al, %al; out %al, $0xf4. */
    private static final byte[] PRINT_K_AND_EXIT = {
        (byte) 0xb0,
        'k',
        (byte) 0xba,
        (byte) 0xf8,
        0x03,
        (byte) 0xee,
        0x30,
        (byte) 0xc0,
        (byte) 0xe6,
        (byte) 0xf4
    };

    @Test
    void aFlatImageStartsAtAnyRealModeAddress() {
        assertEquals("k", run(new FlatImage(PRINT_K_AND_EXIT, 0)));
        assertEquals("k", run(new FlatImage(PRINT_K_AND_EXIT, 0xfff0)));
        assertEquals("k", run(new FlatImage(PRINT_K_AND_EXIT, 0xf_0000)));
    }
}
