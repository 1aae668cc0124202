package kvm4j.trace;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A field of an event, where its format says it is.
 *
 * @param name as the kernel has it
 * @param offset from the record's begin, in bytes
 * @param size in bytes
 * @param signed whether a number there may be negative
 */
record EventField(String name, int offset, int size, boolean signed) {

    /**
     * The number in a record.
     *
     * @param record the record's bytes
     * @param absent what to answer where the record ends before the field does, or the field is no
     *     number
     */
    long read(MemorySegment record, long absent) {
        if (offset + size > record.byteSize()) {
            return absent;
        }
        return switch (size) {
            case 1 -> narrow(record.get(ValueLayout.JAVA_BYTE, offset), 0xffL);
            case 2 -> narrow(record.get(ValueLayout.JAVA_SHORT_UNALIGNED, offset), 0xffffL);
            case 4 -> narrow(record.get(ValueLayout.JAVA_INT_UNALIGNED, offset), 0xffff_ffffL);
            case 8 -> record.get(ValueLayout.JAVA_LONG_UNALIGNED, offset);
            default -> absent;
        };
    }

    private long narrow(long value, long mask) {
        return signed ? value : value & mask;
    }
}
