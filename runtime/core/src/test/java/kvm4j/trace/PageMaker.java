package kvm4j.trace;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Makes pages as the kernel's ring buffer has them (include/linux/ring_buffer.h). */
final class PageMaker {

    private final long begin;
    private final ByteArrayOutputStream data = new ByteArrayOutputStream();

    PageMaker(long begin) {
        this.begin = begin;
    }

    private static ByteBuffer bytes(int count) {
        return ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
    }

    private void header(int type, long delta) {
        data.writeBytes(bytes(4).putInt((int) (delta << 5) | type).array());
    }

    private void number(long value) {
        data.writeBytes(bytes(4).putInt((int) value).array());
    }

    /** A record of at most 112 bytes, a multiple of 4. */
    PageMaker record(long delta, byte[] record) {
        header(record.length / 4, delta);
        data.writeBytes(record);
        return this;
    }

    /** A record of any length. */
    PageMaker longRecord(long delta, byte[] record) {
        header(0, delta);
        number(record.length + 4);
        data.writeBytes(record);
        while (data.size() % 4 != 0) {
            data.write(0);
        }
        return this;
    }

    PageMaker discarded(int length) {
        header(29, 1);
        number(length);
        data.writeBytes(new byte[length - 4]);
        return this;
    }

    PageMaker timeExtended(long delta) {
        header(30, delta & (1 << 27) - 1);
        number(delta >>> 27);
        return this;
    }

    PageMaker stamped(long time) {
        header(31, time & (1 << 27) - 1);
        number(time >>> 27);
        return this;
    }

    PageMaker paddedToTheEnd() {
        header(29, 0);
        return this;
    }

    MemorySegment page() {
        return page(0, 0);
    }

    /** A page before which records were lost. */
    MemorySegment pageAfter(long missed) {
        return page(1 << 31 | 1 << 30, missed);
    }

    /** A page before which records were lost, nobody knows how many. */
    MemorySegment pageAfterUncounted() {
        return page(1 << 31, 0);
    }

    private MemorySegment page(int flags, long missed) {
        ByteBuffer page = bytes(4096).putLong(begin).putLong((data.size() | flags) & 0xffff_ffffL);
        page.put(data.toByteArray());
        if (missed != 0) {
            page.putLong(missed);
        }
        return MemorySegment.ofArray(page.array());
    }

    /** A record's bytes: of which event, on which thread, and its fields, 8 bytes each. */
    static byte[] event(int type, int thread, long... fields) {
        ByteBuffer record = bytes(8 + 8 * fields.length);
        record.putShort((short) type).putShort((short) 0).putInt(thread);
        for (long field : fields) {
            record.putLong(field);
        }
        return record.array();
    }
}
