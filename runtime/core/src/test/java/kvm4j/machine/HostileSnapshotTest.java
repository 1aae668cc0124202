package kvm4j.machine;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.boot.ImageFormat;
import kvm4j.device.GuestTime;
import kvm4j.guests.Guest;
import kvm4j.kvm.NeedsKvm;
import kvm4j.linux.LinuxException;
import kvm4j.snapshot.MachineState;
import kvm4j.snapshot.SnapshotException;
import kvm4j.snapshot.SnapshotFile;
import kvm4j.x86.Bytes;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import java.util.function.UnaryOperator;

/**
 * Snapshots of somebody who means harm: what is in them is changed at random, and said in due form.
 * Each is refused in words, or is a machine like any other. Longer with {@code
 * -Dhostile.seconds=600}; {@code -Dhostile.seed} repeats a run.
 */
@NeedsKvm
@Tag("long")
class HostileSnapshotTest {

    private static final long SECONDS = Long.getLong("hostile.seconds", 2);
    private static final long SEED = Long.getLong("hostile.seed", System.nanoTime());

    /** One of how many values is changed. */
    private static final int RARITY = 2_000;

    @ParameterizedTest
    @EnumSource(IrqchipMode.class)
    void isRefusedOrRuns(IrqchipMode irqchip, @TempDir Path folder, TestReporter reporter)
            throws Exception {
        Path file = folder.resolve("hostile.snapshot");
        SnapshotFile sound = saved(irqchip, file);
        MemorySegment memory =
                MemorySegment.ofArray(Files.readAllBytes(file)).asSlice(sound.memoryOffset());
        Random random = new Random(SEED);
        HostResources before = HostResources.inUse();
        long end = System.nanoTime() + Duration.ofSeconds(SECONDS).toNanos();
        int ran = 0;
        int refused = 0;
        while (System.nanoTime() < end) {
            MachineState state = (MachineState) changed(sound.state(), random);
            SnapshotFile.write(file, state, memory, sound.pages());
            if (runs(file, random.nextBoolean() ? GuestTime.STOPPED : GuestTime.CAUGHT_UP)) {
                ran++;
            } else {
                refused++;
            }
        }
        reporter.publishEntry("%d ran, %d refused, seed %d".formatted(ran, refused, SEED));
        HostResources.inUse().assertNoMoreThan(before);
        assertTrue(ran > 0, "none was taken for a machine");
    }

    private static SnapshotFile saved(IrqchipMode irqchip, Path file) throws IOException {
        byte[] image = Guest.HELLO.image();
        try (Machine machine =
                        Machine.builder()
                                .memory(2 << 20)
                                .image(ImageFormat.of(image).read(image))
                                .irqchip(irqchip)
                                .pc()
                                .build();
                Snapshot snapshot = machine.snapshot()) {
            snapshot.save(file);
        }
        return SnapshotFile.read(file);
    }

    private static Object changed(Object value, Random random) {
        if (random.nextInt(RARITY) == 0) {
            return another(value, random);
        }
        return switch (value) {
            case Record whole -> withParts(whole, part -> changed(part, random));
            case List<?> list -> list.stream().map(element -> changed(element, random)).toList();
            case Optional<?> part -> part.map(content -> changed(content, random));
            default -> value;
        };
    }

    private static Object another(Object value, Random random) {
        return switch (value) {
            case Boolean truth -> !truth;
            case Integer number -> changed(number, random.nextInt(), random).intValue();
            case Long number -> changed(number, random.nextLong(), random).longValue();
            case String text -> text + "?";
            case Bytes bytes -> Bytes.of(changed(bytes.toArray(), random));
            case Instant moment -> anotherMoment(moment, random);
            case OptionalInt number -> OptionalInt.of(random.nextInt());
            case OptionalLong number -> OptionalLong.of(random.nextLong());
            case List<?> list when !list.isEmpty() -> list.subList(1, list.size());
            default -> value;
        };
    }

    private static Instant anotherMoment(Instant moment, Random random) {
        return switch (random.nextInt(4)) {
            case 0 -> Instant.MIN;
            case 1 -> Instant.MAX;
            default -> moment.plusSeconds(random.nextInt());
        };
    }

    private static Long changed(Number number, long any, Random random) {
        return switch (random.nextInt(6)) {
            case 0 -> number.longValue() + 1;
            case 1 -> number.longValue() ^ 1L << random.nextInt(Long.SIZE);
            case 2 -> -1L;
            case 3 -> Long.MIN_VALUE;
            case 4 -> (long) Integer.MIN_VALUE;
            default -> any;
        };
    }

    private static byte[] changed(byte[] bytes, Random random) {
        if (random.nextInt(4) == 0) {
            return Arrays.copyOf(bytes, random.nextInt(2 * bytes.length + 1));
        }
        for (int i = random.nextInt(8); i >= 0 && bytes.length > 0; i--) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
        }
        return bytes;
    }

    private static Object withParts(Record whole, UnaryOperator<Object> change) {
        RecordComponent[] components = whole.getClass().getRecordComponents();
        Object[] parts = new Object[components.length];
        Class<?>[] types = new Class<?>[components.length];
        try {
            for (int i = 0; i < parts.length; i++) {
                Method accessor = components[i].getAccessor();
                accessor.setAccessible(true);
                parts[i] = change.apply(accessor.invoke(whole));
                types[i] = components[i].getType();
            }
            Constructor<?> constructor = whole.getClass().getDeclaredConstructor(types);
            constructor.setAccessible(true);
            return constructor.newInstance(parts);
        } catch (InvocationTargetException impossible) {
            return whole; // RecordsTest shows that such a file is refused
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }

    /** Whether a machine came of it, whatever became of that. */
    private static boolean runs(Path file, GuestTime time) throws IOException {
        try (Snapshot snapshot = Snapshot.load(file);
                Machine fork =
                        snapshot.fork(
                                time,
                                builder ->
                                        builder.console(OutputStream.nullOutputStream())
                                                .timeLimit(Duration.ofMillis(20)))) {
            fork.run();
            return true;
        } catch (SnapshotException | IllegalArgumentException | LinuxException refusal) {
            assertFalse(refusal.getMessage().isBlank());
            return false;
        }
    }
}
