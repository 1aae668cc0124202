package kvm4j.snapshot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import kvm4j.device.DeviceState;
import kvm4j.x86.Bytes;

import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.time.LocalDateTime;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;

/** Records to bytes, and back. */
class RecordsTest {

    /** One of everything. */
    record Everything(
            boolean truth,
            int number,
            long large,
            String text,
            Bytes bytes,
            Instant moment,
            LocalDateTime date,
            Optional<Part> part,
            Optional<Part> none,
            OptionalInt small,
            OptionalLong absent,
            List<Part> parts,
            List<Long> numbers,
            DeviceState state) {}

    record Part(String name, int size) {
        Part {
            if (size < 0) {
                throw new IllegalArgumentException("a negative size");
            }
        }
    }

    record Light(boolean on) implements DeviceState {}

    /** Something that a file cannot hold. */
    record Strange(StringBuilder text) {}

    private static final Everything VALUE =
            new Everything(
                    true,
                    -5,
                    Long.MIN_VALUE,
                    "an é",
                    Bytes.of((byte) 1, (byte) -1),
                    Instant.ofEpochSecond(12, 345),
                    LocalDateTime.of(2030, 1, 2, 3, 4, 5),
                    Optional.of(new Part("a", 1)),
                    Optional.empty(),
                    OptionalInt.of(7),
                    OptionalLong.empty(),
                    List.of(new Part("b", 2), new Part("c", 3)),
                    List.of(1L, 2L),
                    new Light(true));

    @Test
    void comeBackEqual() {
        byte[] bytes = RecordWriter.write(VALUE);
        assertEquals(VALUE, RecordReader.read(Everything.class, bytes));
    }

    @Test
    void areRefusedIfDamaged() {
        byte[] bytes = RecordWriter.write(VALUE);
        Random random = new Random(6);
        for (int round = 0; round < 20_000; round++) {
            byte[] damaged =
                    Arrays.copyOf(
                            bytes, bytes.length - random.nextInt(2) * random.nextInt(bytes.length));
            for (int i = 0; i <= random.nextInt(3); i++) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
            }
            try {
                RecordReader.read(Everything.class, damaged);
            } catch (SnapshotException refusal) {
                // as it should be; what is read without one is another value
            }
        }
    }

    @Test
    void areNoOtherRecords() {
        byte[] bytes = RecordWriter.write(new Part("a", 1));
        assertThrows(SnapshotException.class, () -> RecordReader.read(Light.class, bytes));
        byte[] longer = Arrays.copyOf(bytes, bytes.length + 1);
        assertThrows(SnapshotException.class, () -> RecordReader.read(Part.class, longer));
        assertThrows(
                SnapshotException.class,
                () -> RecordWriter.write(new Strange(new StringBuilder())));
    }
}
