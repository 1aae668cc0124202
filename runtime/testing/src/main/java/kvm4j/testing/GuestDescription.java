package kvm4j.testing;

import kvm4j.boot.ImageFormat;
import kvm4j.guests.Guest;
import kvm4j.machine.IrqchipMode;
import kvm4j.testing.cpu.QemuCpu;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What a guest under test is at one moment, however it came to be described so.
 *
 * @param name what reports call it
 * @param catalogued the guest of the catalogue that it is
 * @param image the image's bytes, not to be changed
 * @param device the KVM that runs it
 * @param format what the image is, if not what it looks like
 * @param memory in bytes
 * @param cpus how many processors it has
 * @param cpu what these are, if not all that KVM offers
 * @param irqchip where the interrupt controllers are, if not by the image
 * @param timeout how long it may run
 * @param append the kernel's command line
 * @param parameters of a guest of the catalogue, in the order of its parameter block
 * @param testDevice whether it has what kvm-unit-tests need
 * @param end how it ends well
 * @param channels on which it tells of its tests
 */
record GuestDescription(
        String name,
        Optional<Guest> catalogued,
        byte[] image,
        Path device,
        Optional<ImageFormat> format,
        long memory,
        int cpus,
        Optional<QemuCpu> cpu,
        Optional<IrqchipMode> irqchip,
        Duration timeout,
        String append,
        Map<String, Long> parameters,
        boolean testDevice,
        GuestEnd end,
        Set<Channel> channels) {

    /** Copies what may change. */
    GuestDescription {
        parameters = Collections.unmodifiableMap(new LinkedHashMap<>(parameters));
        channels = Set.copyOf(channels);
    }
}
