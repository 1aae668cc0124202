package kvm4j.memory;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Writes the fields of a structure that a guest reads: little-endian, at any alignment. Whatever
 * does not fit is an {@link IndexOutOfBoundsException}.
 *
 * @param bytes the structure's memory
 */
public record StructWriter(MemorySegment bytes) {

    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /**
     * Writes a byte.
     *
     * @param offset where
     * @param value of which the low 8 bits count
     */
    public void u8(long offset, int value) {
        bytes.set(ValueLayout.JAVA_BYTE, offset, (byte) value);
    }

    /**
     * Writes two bytes.
     *
     * @param offset where
     * @param value of which the low 16 bits count
     */
    public void u16(long offset, int value) {
        bytes.set(SHORT, offset, (short) value);
    }

    /**
     * Writes four bytes.
     *
     * @param offset where
     * @param value of which the low 32 bits count
     */
    public void u32(long offset, long value) {
        bytes.set(INT, offset, (int) value);
    }

    /**
     * Writes eight bytes.
     *
     * @param offset where
     * @param value all of which counts
     */
    public void u64(long offset, long value) {
        bytes.set(LONG, offset, value);
    }

    /**
     * Copies all of a source.
     *
     * @param offset where to
     * @param source what
     */
    public void copy(long offset, MemorySegment source) {
        bytes.asSlice(offset, source.byteSize()).copyFrom(source);
    }

    /**
     * Writes characters without a zero behind them.
     *
     * @param offset where
     * @param characters of ISO 8859-1
     */
    public void text(long offset, String characters) {
        copy(offset, MemorySegment.ofArray(characters.getBytes(StandardCharsets.ISO_8859_1)));
    }
}
