package kvm4j.boot;

import java.lang.foreign.ValueLayout;
import java.util.OptionalLong;

/**
 * How to find a header that may be anywhere in the beginning of a file: by a magic number that
 * begins some words whose sum is zero.
 *
 * @param name whose header it is, for messages
 * @param magic the first word
 * @param alignment its offset is a multiple of this
 * @param words how many 32-bit words add up to zero
 * @param limit the header lies whole before this offset
 */
record HeaderSearch(String name, long magic, int alignment, int words, long limit) {

    /** How far to look for a header that is too far behind. */
    private static final long HINT_LIMIT = 4 << 20;

    /** {@return the header's offset in an image, or empty if it has none} */
    OptionalLong find(ImageReader image) {
        return find(image, 0, limit);
    }

    /** {@return the offset of a header that is behind where boot loaders look} */
    OptionalLong findTooFar(ImageReader image) {
        return find(image, limit - size() + alignment & -alignment, HINT_LIMIT);
    }

    /** An exception for an image that has no such header. */
    ImageException missing(ImageReader image) {
        OptionalLong tooFar = findTooFar(image);
        return new ImageException(
                tooFar.isPresent()
                        ? describe(tooFar.getAsLong())
                        : "the image has no %s header".formatted(name));
    }

    /** Says of a header that it is too far behind. */
    String describe(long offset) {
        return ("the %s header at offset 0x%x of the file does not count: it has to be in the first"
                        + " %d KiB, so put its section first when you link")
                .formatted(name, offset, limit >> 10);
    }

    /** Goes by the first byte, in an array: this is run before anything is compiled. */
    private OptionalLong find(ImageReader image, long from, long to) {
        long end = Math.min(image.size(), to) - size();
        if (end < from) {
            return OptionalLong.empty();
        }
        byte[] places = image.slice(from, end - from + 1).toArray(ValueLayout.JAVA_BYTE);
        for (int i = 0; i < places.length; i += alignment) {
            if (places[i] == (byte) magic && isHeader(image, from + i)) {
                return OptionalLong.of(from + i);
            }
        }
        return OptionalLong.empty();
    }

    private boolean isHeader(ImageReader image, long at) {
        return image.u32(at) == magic && (int) sum(image, at) == 0;
    }

    private long sum(ImageReader image, long at) {
        long sum = 0;
        for (int i = 0; i < words; i++) {
            sum += image.u32(at + (long) i * Integer.BYTES);
        }
        return sum;
    }

    private long size() {
        return (long) words * Integer.BYTES;
    }
}
