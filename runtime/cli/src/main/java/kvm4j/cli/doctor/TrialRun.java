package kvm4j.cli.doctor;

import kvm4j.boot.ImageFormat;
import kvm4j.guests.Guest;
import kvm4j.linux.LinuxException;
import kvm4j.machine.Machine;
import kvm4j.machine.Outcome;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** Runs guests: what a host can do shows when it does it. */
final class TrialRun {

    private static final Duration LIMIT = Duration.ofSeconds(10);
    private static final int MEMORY = 4 << 20;

    private TrialRun() {}

    /** What came of a guest for each mode of the processor, run on this KVM device. */
    static List<Finding> on(Path device) {
        return Stream.of(Guest.HELLO_REAL, Guest.HELLO_PROTECTED, Guest.HELLO)
                .map(guest -> run(guest, device))
                .toList();
    }

    private static Finding run(Guest guest, Path device) {
        byte[] image = guest.image();
        ByteArrayOutputStream greeting = new ByteArrayOutputStream();
        long start = System.nanoTime();
        try (Machine machine =
                Machine.builder()
                        .kvm(device)
                        .memory(MEMORY)
                        .image(ImageFormat.of(image).read(image))
                        .console(greeting)
                        .timeLimit(LIMIT)
                        .build()) {
            Outcome outcome = machine.run();
            double milliseconds = (System.nanoTime() - start) / 1e6;
            return outcome.equals(new Outcome.Exited(0))
                    ? Finding.ok(
                            Topic.GUEST,
                            guest.guestName(),
                            String.format(
                                    Locale.ROOT,
                                    "\"%s\", in %.1f ms",
                                    greeting.toString(StandardCharsets.ISO_8859_1).strip(),
                                    milliseconds))
                    : failed(guest, outcome.describe());
        } catch (LinuxException e) {
            return failed(guest, e.getMessage());
        }
    }

    private static Finding failed(Guest guest, String why) {
        return Finding.failure(
                Topic.GUEST, guest.guestName(), why, "see the kernel's log: sudo dmesg | tail");
    }
}
