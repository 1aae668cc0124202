package kvm4j.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import kvm4j.bindings.libc.Libc;
import kvm4j.boot.ImageFormat;
import kvm4j.guests.Guest;
import kvm4j.kvm.NeedsKvm;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.Logger;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Future;

/** Guests that are stopped anywhere and go on from a file, in this process and in another. */
@NeedsKvm
@Tag("long")
class ContinuedGuestsTest {

    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final String INPUT = "what was typed ".repeat(130) + "\4";

    @TempDir private Path folder;

    /** Guests that end by themselves, with parameters that let them do so soon. */
    private enum Course {
        HELLO(Guest.HELLO),
        HELLO_PROTECTED(Guest.HELLO_PROTECTED),
        HELLO_REAL(Guest.HELLO_REAL),
        ECHO(Guest.ECHO),
        ECHO_INTERRUPT(Guest.ECHO_INTERRUPT),
        PIO(Guest.PIO, 500),
        PIO_STRING_IN(Guest.PIO_STRING_IN, 100, 40),
        MMIO_READ(Guest.MMIO_READ, 500),
        CPUID(Guest.CPUID, 2_000),
        MSR(Guest.MSR, 2_000),
        TOUCH(Guest.TOUCH, 1_000),
        TICK(Guest.TICK, 30),
        RTC(Guest.RTC, 10, 0x40, 6);

        private final Guest guest;
        private final long[] parameters;

        Course(Guest guest, long... parameters) {
            this.guest = guest;
            this.parameters = parameters;
        }

        MachineBuilder machine(InputStream typed, ByteArrayOutputStream console) {
            byte[] image = guest.image();
            return Machine.builder()
                    .image(ImageFormat.of(image).read(image))
                    .irqchip(guest.needsIrqchip() ? IrqchipMode.KERNEL : IrqchipMode.NONE)
                    .pc()
                    .console(typed, console)
                    .prepare(
                            memory -> {
                                for (int i = 0; i < parameters.length; i++) {
                                    memory.putLong(Guest.PARAMETER_BLOCK + 8L * i, parameters[i]);
                                }
                            })
                    .timeLimit(LIMIT);
        }
    }

    /** What is typed, and whether the machine has taken all of it. */
    private static final class Typed extends InputStream {

        private final InputStream text = new ByteArrayInputStream(INPUT.getBytes());
        private volatile boolean taken;

        @Override
        public int read() throws IOException {
            int next = text.read();
            taken = next < 0;
            return next;
        }
    }

    /** What a guest has come to, with all that it printed. */
    private record End(Outcome outcome, String printed) {}

    private static End uninterrupted(Course course) {
        ByteArrayOutputStream console = new ByteArrayOutputStream();
        try (Machine machine = course.machine(new Typed(), console).build()) {
            return new End(machine.run(), console.toString(StandardCharsets.ISO_8859_1));
        }
    }

    /** Runs a guest a little, saves it, and ends it; answers what it had printed by then. */
    private static Optional<String> saveSomewhere(Course course, Random random, Path file)
            throws Exception {
        ByteArrayOutputStream console = new ByteArrayOutputStream();
        Typed typed = new Typed();
        try (Machine machine = course.machine(typed, console).build()) {
            machine.start();
            Future<Outcome> end = machine.outcome();
            while (!typed.taken && !end.isDone()) {
                Thread.onSpinWait();
            }
            Thread.sleep(0, random.nextInt(999_999));
            Thread.sleep(random.nextInt(12));
            try (Machine.Hold _ = machine.hold();
                    Snapshot snapshot = machine.snapshot()) {
                snapshot.save(file);
                machine.stop();
                machine.await();
                return Optional.of(console.toString(StandardCharsets.ISO_8859_1));
            } catch (IllegalStateException ended) {
                return Optional.empty();
            }
        }
    }

    private static End continued(Path file) throws IOException {
        ByteArrayOutputStream console = new ByteArrayOutputStream();
        try (Snapshot snapshot = Snapshot.load(file);
                Machine machine = snapshot.fork(b -> b.console(console).timeLimit(LIMIT))) {
            return new End(machine.run(), console.toString(StandardCharsets.ISO_8859_1));
        }
    }

    @ParameterizedTest
    @EnumSource(Course.class)
    void comeToTheSameEnd(Course course) throws Exception {
        End whole = uninterrupted(course);
        assertEquals(new Outcome.Exited(0), whole.outcome());
        Random random = new Random(course.ordinal());
        for (int round = 0; round < 5; round++) {
            Path file = folder.resolve("snapshot");
            Optional<String> before = saveSomewhere(course, random, file);
            if (before.isPresent()) {
                End rest = continued(file);
                assertEquals(whole, new End(rest.outcome(), before.get() + rest.printed()));
            }
        }
    }

    /** Continues what is in the files that it is given, and prints what comes of it. */
    public static final class Elsewhere {
        public static void main(String[] files) throws IOException {
            for (String file : files) {
                System.out.println(continued(Path.of(file)));
            }
        }
    }

    @Test
    void comeToTheSameEndInAnotherProcess() throws Exception {
        List<String> command = java();
        StringBuilder expected = new StringBuilder();
        Random random = new Random(42);
        for (Course course : Course.values()) {
            Path file = folder.resolve(course.name());
            Optional<String> before = saveSomewhere(course, random, file);
            if (before.isPresent()) {
                End whole = uninterrupted(course);
                String rest = whole.printed().substring(before.get().length());
                expected.append(new End(whole.outcome(), rest)).append('\n');
                command.add(file.toString());
            }
        }
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String printed =
                new String(process.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        assertEquals(0, process.waitFor(), printed);
        assertEquals(expected.toString(), printed);
    }

    private static List<String> java() throws URISyntaxException {
        List<String> classPath = new ArrayList<>();
        for (Class<?> type :
                List.of(Elsewhere.class, Machine.class, Libc.class, Guest.class, Logger.class)) {
            classPath.add(
                    Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI())
                            .toString());
        }
        return new ArrayList<>(
                List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        String.join(File.pathSeparator, classPath),
                        Elsewhere.class.getName()));
    }

    @Test
    void goOnWithSeveralProcessors() throws Exception {
        byte[] image = Guest.COUNT.image();
        try (Machine machine =
                Machine.builder()
                        .image(ImageFormat.of(image).read(image))
                        .irqchip(IrqchipMode.KERNEL)
                        .processors(2)
                        .prepare(memory -> memory.putLong(Guest.PARAMETER_BLOCK + 8, 2))
                        .timeLimit(LIMIT)
                        .build()) {
            machine.start();
            awaitMore(machine, 0, 0);
            Path file = folder.resolve("two");
            try (Snapshot snapshot = machine.snapshot()) {
                snapshot.save(file);
            }
            machine.stop();
            try (Snapshot snapshot = Snapshot.load(file);
                    Machine fork = snapshot.fork(b -> b.timeLimit(LIMIT))) {
                int first = counter(fork, 0);
                int second = counter(fork, 1);
                fork.start();
                awaitMore(fork, first, second);
            }
            Files.delete(file);
        }
    }

    private static int counter(Machine machine, int processor) {
        return machine.memory().getInt(Guest.COUNTERS + 64L * processor);
    }

    /** Both processors go on counting. */
    private static void awaitMore(Machine machine, int first, int second) {
        Future<Outcome> ended = machine.outcome();
        while (counter(machine, 0) == first || counter(machine, 1) == second) {
            assertFalse(ended.isDone());
            Thread.onSpinWait();
        }
    }
}
