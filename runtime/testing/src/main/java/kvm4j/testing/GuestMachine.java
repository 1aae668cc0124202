package kvm4j.testing;

import kvm4j.boot.BootImage;
import kvm4j.boot.BootParameters;
import kvm4j.boot.ImageException;
import kvm4j.boot.ImageFile;
import kvm4j.boot.ImageFormat;
import kvm4j.guests.Guest;
import kvm4j.machine.IrqchipMode;
import kvm4j.machine.Machine;
import kvm4j.machine.MachineBuilder;
import kvm4j.machine.Peripherals;
import kvm4j.memory.GuestMemory;

import java.nio.charset.StandardCharsets;

/** The machine of a guest under test: what its image expects, and what is said of it. */
final class GuestMachine {

    private final GuestDescription guest;
    private final ImageFile file;
    private final ImageFormat format;

    private GuestMachine(GuestDescription guest) {
        this.guest = guest;
        this.file = ImageFile.of(guest.image());
        this.format = guest.format().orElseGet(() -> ImageFormat.of(file));
    }

    /**
     * Describes it, but for its outputs.
     *
     * @throws ImageException if the image is none
     */
    static MachineBuilder of(GuestDescription guest) {
        return new GuestMachine(guest).builder();
    }

    private MachineBuilder builder() {
        MachineBuilder builder =
                Machine.builder()
                        .kvm(guest.device())
                        .image(read())
                        .memory(guest.memory())
                        .processors(guest.cpus())
                        .timeLimit(guest.timeout())
                        .prepare(this::writeParameters);
        IrqchipMode mode = irqchip();
        builder.irqchip(mode);
        if (expectsPc() || mode != IrqchipMode.NONE) {
            builder.pc();
        } else {
            builder.peripheral(Peripherals.powerSwitch());
        }
        if (guest.testDevice()) {
            builder.peripheral(Peripherals.testDevice());
        }
        if (guest.end().device() == GuestEnd.ExitDevice.QEMU) {
            builder.exitDevice(Peripherals.isaDebugExit());
        }
        return builder;
    }

    private IrqchipMode irqchip() {
        boolean simple = !expectsPc() && guest.cpus() == 1;
        return guest.irqchip().orElse(simple ? IrqchipMode.NONE : IrqchipMode.KERNEL);
    }

    private boolean expectsPc() {
        return format.expectsPc() || guest.catalogued().filter(Guest::needsIrqchip).isPresent();
    }

    private BootImage read() {
        String commandLine = guest.append();
        if (commandLine.isEmpty()) {
            return format.read(file, takesName() ? named() : BootParameters.NONE);
        }
        return format.read(file, named().withCommandLine(bytes(commandLine)));
    }

    private boolean takesName() {
        return format == ImageFormat.MULTIBOOT || format == ImageFormat.MULTIBOOT2;
    }

    private BootParameters named() {
        return BootParameters.NONE.withName(bytes(guest.name()));
    }

    /** The text's UTF-8, each byte as a character: what was written reaches the guest unchanged. */
    private static String bytes(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }

    private void writeParameters(GuestMemory target) {
        long address = Guest.PARAMETER_BLOCK;
        for (long value : guest.parameters().values()) {
            target.putLong(address, value);
            address += Long.BYTES;
        }
    }
}
