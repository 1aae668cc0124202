package kvm4j.cli;

import kvm4j.boot.BootImage;
import kvm4j.boot.FirmwareKernel;
import kvm4j.boot.ImageFormat;
import kvm4j.guests.Guest;
import kvm4j.machine.MachineBuilder;

import java.util.List;
import java.util.Optional;

/**
 * What a machine starts.
 *
 * @param format the image's format
 * @param image the image
 * @param guest the guest of the catalogue that it is, if it is one
 * @param kernel what firmware starts in turn
 * @param parameters what goes into the guest's parameter block
 * @param hints what its user may not expect of it
 */
record Boot(
        ImageFormat format,
        BootImage image,
        Optional<Guest> guest,
        Optional<FirmwareKernel> kernel,
        GuestParameters parameters,
        List<String> hints) {

    /** Whether what is started takes a PC's devices and interrupts for granted. */
    boolean expectsPc() {
        return format.expectsPc() || guest.filter(Guest::needsIrqchip).isPresent();
    }

    /** Hands it to a machine. */
    void applyTo(MachineBuilder machine) {
        machine.image(image).prepare(parameters);
        kernel.ifPresent(machine::firmwareKernel);
    }
}
