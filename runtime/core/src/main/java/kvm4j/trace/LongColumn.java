package kvm4j.trace;

import java.util.Arrays;
import java.util.Objects;

/** Numbers one after another, as many as come. */
final class LongColumn {

    private long[] values = new long[1024];
    private int size;

    void add(long value) {
        if (size == values.length) {
            values = Arrays.copyOf(values, size + (size >> 1));
        }
        values[size++] = value;
    }

    long get(int index) {
        return values[Objects.checkIndex(index, size)];
    }

    void set(int index, long value) {
        values[Objects.checkIndex(index, size)] = value;
    }

    int size() {
        return size;
    }
}
