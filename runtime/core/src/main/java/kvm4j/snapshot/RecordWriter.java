package kvm4j.snapshot;

import kvm4j.device.DeviceState;
import kvm4j.x86.Bytes;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.RecordComponent;
import java.time.Instant;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * Records as bytes, as {@link RecordReader} takes them. A record is how many components it has, and
 * for each its name and its value; the state of a device has the name of its class before that.
 * Numbers are big-endian, as wide as they are in Java; text is {@link DataOutputStream#writeUTF};
 * what is optional has a byte before that says whether it is there, what is a list its length.
 */
final class RecordWriter {

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final DataOutputStream out = new DataOutputStream(bytes);

    private RecordWriter() {}

    /**
     * Writes a record.
     *
     * @throws SnapshotException if it has something in it that cannot be written
     */
    static byte[] write(Record value) {
        RecordWriter writer = new RecordWriter();
        try {
            writer.put(value);
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return writer.bytes.toByteArray();
    }

    private void put(Object value) throws IOException {
        switch (value) {
            case Boolean it -> out.writeBoolean(it);
            case Integer it -> out.writeInt(it);
            case Long it -> out.writeLong(it);
            case String it -> out.writeUTF(it);
            case Enum<?> it -> out.writeUTF(it.name());
            case Bytes it -> {
                out.writeInt(it.size());
                out.write(it.toArray());
            }
            case Instant it -> {
                out.writeLong(it.getEpochSecond());
                out.writeInt(it.getNano());
            }
            case LocalDateTime it -> out.writeUTF(it.toString());
            case Optional<?> it -> {
                out.writeBoolean(it.isPresent());
                if (it.isPresent()) {
                    put(it.get());
                }
            }
            case OptionalInt it -> {
                out.writeBoolean(it.isPresent());
                out.writeInt(it.orElse(0));
            }
            case OptionalLong it -> {
                out.writeBoolean(it.isPresent());
                out.writeLong(it.orElse(0));
            }
            case List<?> it -> {
                out.writeInt(it.size());
                for (Object element : it) {
                    put(element);
                }
            }
            case DeviceState it when it instanceof Record state -> {
                out.writeUTF(it.getClass().getName());
                putComponents(state);
            }
            case Record it -> putComponents(it);
            default ->
                    throw new SnapshotException(
                            "no snapshot file can hold a " + value.getClass().getName());
        }
    }

    private void putComponents(Record value) throws IOException {
        RecordComponent[] components = value.getClass().getRecordComponents();
        out.writeByte(components.length);
        for (RecordComponent component : components) {
            out.writeUTF(component.getName());
            put(valueOf(component, value));
        }
    }

    private static Object valueOf(RecordComponent component, Record value) {
        try {
            component.getAccessor().setAccessible(true);
            return component.getAccessor().invoke(value);
        } catch (ReflectiveOperationException | RuntimeException hidden) {
            throw new SnapshotException(
                    "%s is not open to kvm4j".formatted(value.getClass().getName()), hidden);
        }
    }
}
