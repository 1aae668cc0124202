package kvm4j.cli;

import kvm4j.boot.ImageException;
import kvm4j.cli.doctor.NestedVirtualization;
import kvm4j.guests.Guest;
import kvm4j.machine.Machine;
import kvm4j.machine.MachineBuilder;
import kvm4j.memory.GuestAddressException;

import java.io.OutputStream;
import java.util.function.Consumer;

/**
 * A machine that starts an image.
 *
 * @param name the image, as the user wrote it
 * @param boot what it is
 * @param options what the machine is made of
 * @param diagnostics gets what the guest says about itself
 */
record ImageOrigin(String name, Boot boot, MachineOptions options, OutputStream diagnostics)
        implements Origin {

    @Override
    public int processors() {
        return options.processors();
    }

    @Override
    public Machine build(Consumer<MachineBuilder> connection) {
        boot.guest().flatMap(Guest::extension).ifPresent(this::require);
        MachineBuilder builder = Machine.builder();
        connection.accept(builder);
        try {
            boot.applyTo(builder);
            options.applyTo(builder, boot, diagnostics);
            return builder.build();
        } catch (ImageException e) {
            throw new Failure(ExitStatus.BAD_IMAGE, name + ": " + e.getMessage(), e);
        } catch (GuestAddressException e) {
            throw new IllegalArgumentException(
                    "the guest's memory does not reach to its parameters", e);
        }
    }

    private void require(Guest.Extension extension) {
        NestedVirtualization.ofThisHost(options.kvmDevice())
                .obstacle(extension)
                .ifPresent(
                        obstacle -> {
                            throw new Failure(
                                    ExitStatus.UNAVAILABLE,
                                    "%s needs a processor with %s: %s"
                                            .formatted(name, extension, obstacle));
                        });
    }
}
