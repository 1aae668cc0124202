package kvm4j.x86;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * Bytes that do not change: processor state that is kept as it was given, or an instruction. Values
 * of more than one byte are little-endian.
 */
public final class Bytes {

    private static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private static final int SHOWN = 32;

    private final byte[] content;

    private Bytes(byte[] content) {
        this.content = content;
    }

    /**
     * These bytes.
     *
     * @param content the bytes; copied
     * @return the same bytes, fixed
     */
    public static Bytes of(byte... content) {
        return new Bytes(content.clone());
    }

    /**
     * What is in memory now.
     *
     * @param source the memory; copied
     * @return the same bytes, fixed
     */
    public static Bytes copyOf(MemorySegment source) {
        return new Bytes(source.toArray(ValueLayout.JAVA_BYTE));
    }

    /**
     * Copies all of them into memory.
     *
     * @param target where to, at least {@link #size()} bytes
     * @throws IndexOutOfBoundsException if it is smaller
     */
    public void copyTo(MemorySegment target) {
        MemorySegment.copy(content, 0, target, ValueLayout.JAVA_BYTE, 0, content.length);
    }

    /**
     * How many there are.
     *
     * @return the number of bytes
     */
    public int size() {
        return content.length;
    }

    /**
     * Four of them.
     *
     * @param offset where the lowest is
     * @return the value
     * @throws IndexOutOfBoundsException if they are not all there
     */
    public int intAt(int offset) {
        return MemorySegment.ofArray(content).get(INT, offset);
    }

    /**
     * These bytes with four of them replaced.
     *
     * @param offset where the lowest is
     * @param value what to put there
     * @return a copy
     * @throws IndexOutOfBoundsException if they are not all there
     */
    public Bytes withInt(int offset, int value) {
        byte[] changed = content.clone();
        MemorySegment.ofArray(changed).set(INT, offset, value);
        return new Bytes(changed);
    }

    /**
     * All of them.
     *
     * @return a copy
     */
    public byte[] toArray() {
        return content.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Bytes bytes && Arrays.equals(content, bytes.content);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(content);
    }

    /** The bytes in hexadecimal; of many, the first few and how many there are. */
    @Override
    public String toString() {
        HexFormat hex = HexFormat.ofDelimiter(" ");
        return content.length <= SHOWN
                ? hex.formatHex(content)
                : hex.formatHex(content, 0, SHOWN) + " ... (" + content.length + " bytes)";
    }
}
