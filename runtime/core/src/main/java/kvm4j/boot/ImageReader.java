package kvm4j.boot;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Reads an image's bytes, little-endian and at any alignment. Whatever lies beyond the image's end
 * is an {@link ImageException}, so offsets and lengths may come from the image itself.
 */
final class ImageReader {

    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final MemorySegment bytes;
    private final String format;

    /**
     * @param format what the image claims to be, for messages
     */
    ImageReader(MemorySegment bytes, String format) {
        this.bytes = bytes;
        this.format = format;
    }

    long size() {
        return bytes.byteSize();
    }

    boolean contains(long offset, long length) {
        return offset >= 0 && length >= 0 && length <= size() && offset <= size() - length;
    }

    int u8(long offset) {
        require(offset, 1);
        return Byte.toUnsignedInt(bytes.get(ValueLayout.JAVA_BYTE, offset));
    }

    int u16(long offset) {
        require(offset, 2);
        return Short.toUnsignedInt(bytes.get(SHORT, offset));
    }

    long u32(long offset) {
        require(offset, 4);
        return Integer.toUnsignedLong(bytes.get(INT, offset));
    }

    /** {@return 64 bits; those who compare them must treat them as unsigned} */
    long u64(long offset) {
        require(offset, 8);
        return bytes.get(LONG, offset);
    }

    MemorySegment slice(long offset, long length) {
        require(offset, length);
        return bytes.asSlice(offset, length);
    }

    /** {@return characters of ISO 8859-1, up to the first zero or {@code length}} */
    String text(long offset, long length) {
        byte[] characters = slice(offset, length).toArray(ValueLayout.JAVA_BYTE);
        String all = new String(characters, StandardCharsets.ISO_8859_1);
        int end = all.indexOf(0);
        return end < 0 ? all : all.substring(0, end);
    }

    private void require(long offset, long length) {
        if (!contains(offset, length)) {
            throw new ImageException(
                    "%s is truncated: it refers to %s bytes at offset %s, and has %d"
                            .formatted(
                                    format,
                                    Long.toUnsignedString(length),
                                    Long.toUnsignedString(offset),
                                    size()));
        }
    }
}
