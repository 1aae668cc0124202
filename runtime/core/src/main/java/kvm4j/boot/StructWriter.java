package kvm4j.boot;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Writes the fields of a structure that a guest reads: little-endian, at any alignment.
 *
 * @param bytes the structure's memory
 */
record StructWriter(MemorySegment bytes) {

    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    void u8(long offset, int value) {
        bytes.set(ValueLayout.JAVA_BYTE, offset, (byte) value);
    }

    void u16(long offset, int value) {
        bytes.set(SHORT, offset, (short) value);
    }

    void u32(long offset, long value) {
        bytes.set(INT, offset, (int) value);
    }

    void u64(long offset, long value) {
        bytes.set(LONG, offset, value);
    }

    void copy(long offset, MemorySegment source) {
        bytes.asSlice(offset, source.byteSize()).copyFrom(source);
    }

    /** Writes the characters without a zero behind them. */
    void text(long offset, String characters) {
        copy(offset, MemorySegment.ofArray(characters.getBytes(StandardCharsets.ISO_8859_1)));
    }
}
