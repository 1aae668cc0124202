package kvm4j.snapshot;

import kvm4j.device.DeviceState;
import kvm4j.x86.Bytes;

import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.time.Instant;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** Records out of bytes that {@link RecordWriter} wrote, or somebody else. */
final class RecordReader {

    private final DataInputStream in;

    private RecordReader(byte[] bytes) {
        this.in = new DataInputStream(new ByteArrayInputStream(bytes));
    }

    /**
     * Reads a record.
     *
     * @param type its class
     * @throws SnapshotException if the bytes are no such record
     */
    static <R extends Record> R read(Class<R> type, byte[] bytes) {
        RecordReader reader = new RecordReader(bytes);
        try {
            R value = type.cast(reader.get(type));
            if (reader.in.available() > 0) {
                throw new SnapshotException("the machine's state is longer than it should be");
            }
            return value;
        } catch (SnapshotException failure) {
            throw failure;
        } catch (IOException | RuntimeException damage) {
            throw new SnapshotException("the machine's state cannot be: " + damage, damage);
        }
    }

    private Object get(Type type) throws IOException {
        if (type instanceof ParameterizedType container) {
            return getContainer(container);
        }
        Class<?> plain = (Class<?>) type;
        if (plain == boolean.class) {
            return in.readBoolean();
        } else if (plain == int.class || plain == Integer.class) {
            return in.readInt();
        } else if (plain == long.class || plain == Long.class) {
            return in.readLong();
        } else if (plain == String.class) {
            return in.readUTF();
        } else if (plain == Bytes.class) {
            return Bytes.of(getBytes());
        } else if (plain == Instant.class) {
            return Instant.ofEpochSecond(in.readLong(), in.readInt());
        } else if (plain == LocalDateTime.class) {
            return LocalDateTime.parse(in.readUTF());
        } else if (plain == OptionalInt.class) {
            boolean present = in.readBoolean();
            int value = in.readInt();
            return present ? OptionalInt.of(value) : OptionalInt.empty();
        } else if (plain == OptionalLong.class) {
            boolean present = in.readBoolean();
            long value = in.readLong();
            return present ? OptionalLong.of(value) : OptionalLong.empty();
        } else if (plain.isEnum()) {
            return constant(plain, in.readUTF());
        } else if (plain == DeviceState.class) {
            return getRecord(deviceState(in.readUTF()));
        } else if (plain.isRecord()) {
            return getRecord(plain);
        }
        throw new SnapshotException("no snapshot file can hold a " + plain.getName());
    }

    private Object getContainer(ParameterizedType type) throws IOException {
        Type element = type.getActualTypeArguments()[0];
        if (type.getRawType() == Optional.class) {
            return in.readBoolean() ? Optional.of(get(element)) : Optional.empty();
        }
        int length = requireLeft(in.readInt());
        List<Object> list = new ArrayList<>();
        for (int i = 0; i < length; i++) {
            list.add(get(element));
        }
        return List.copyOf(list);
    }

    private byte[] getBytes() throws IOException {
        return in.readNBytes(requireLeft(in.readInt()));
    }

    /** Nothing takes less than a byte. */
    private int requireLeft(int length) throws IOException {
        if (length < 0 || length > in.available()) {
            throw new EOFException("a length of " + length);
        }
        return length;
    }

    private static Object constant(Class<?> type, String name) {
        return Arrays.stream(type.getEnumConstants())
                .filter(constant -> ((Enum<?>) constant).name().equals(name))
                .findFirst()
                .orElseThrow(
                        () ->
                                new SnapshotException(
                                        "there is no %s %s".formatted(type.getSimpleName(), name)));
    }

    /** Nothing but a record of that kind is ever made because a file says so. */
    private static Class<?> deviceState(String name) {
        try {
            ClassLoader loader = RecordReader.class.getClassLoader();
            Class<?> type = Class.forName(name, false, loader);
            if (type.isRecord() && DeviceState.class.isAssignableFrom(type)) {
                return type;
            }
            throw new SnapshotException(name + " is no device's state");
        } catch (ClassNotFoundException | LinkageError unknown) {
            throw new SnapshotException("there is no device with the state " + name, unknown);
        }
    }

    private Object getRecord(Class<?> type) throws IOException {
        RecordComponent[] components = type.getRecordComponents();
        Object[] values = new Object[components.length];
        requireSame(type, in.readUnsignedByte() == components.length);
        for (int i = 0; i < values.length; i++) {
            requireSame(type, in.readUTF().equals(components[i].getName()));
            values[i] = get(components[i].getGenericType());
        }
        Class<?>[] types =
                Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
        try {
            Constructor<?> constructor = type.getDeclaredConstructor(types);
            constructor.setAccessible(true);
            return constructor.newInstance(values);
        } catch (ReflectiveOperationException | RuntimeException refused) {
            Throwable cause = refused.getCause() == null ? refused : refused.getCause();
            throw new SnapshotException(
                    "no %s can be like that: %s"
                            .formatted(type.getSimpleName(), cause.getMessage()),
                    cause);
        }
    }

    private static void requireSame(Class<?> type, boolean same) {
        if (!same) {
            throw new SnapshotException(
                    "a %s has other parts: the file is of another version of kvm4j"
                            .formatted(type.getSimpleName()));
        }
    }
}
