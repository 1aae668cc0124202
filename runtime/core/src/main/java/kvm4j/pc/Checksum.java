package kvm4j.pc;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The check of BIOS tables: all bytes of one add up to 0, modulo 256. */
final class Checksum {

    private Checksum() {}

    static int sum(MemorySegment table) {
        int sum = 0;
        for (long i = 0; i < table.byteSize(); i++) {
            sum += table.get(ValueLayout.JAVA_BYTE, i);
        }
        return sum & 0xff;
    }

    /** Sets the byte at {@code offset}, so far 0, to what makes the table right. */
    static void complete(MemorySegment table, long offset) {
        table.set(ValueLayout.JAVA_BYTE, offset, (byte) -sum(table));
    }
}
