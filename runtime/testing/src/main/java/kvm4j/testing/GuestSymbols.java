package kvm4j.testing;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.OptionalLong;

/**
 * The symbols of an ELF file of either width (System V ABI, chapter 4: section headers of type
 * SHT_SYMTAB). Whatever else a file is, it has none.
 */
final class GuestSymbols {

    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private static final int MAGIC = 0x464c_457f;
    private static final int CLASS_64 = 2;
    private static final int SYMBOL_TABLE = 2;

    private final MemorySegment file;
    private final boolean wide;

    GuestSymbols(MemorySegment file) {
        this.file = file;
        this.wide = file.byteSize() > 4 && file.get(ValueLayout.JAVA_BYTE, 4) == CLASS_64;
    }

    /**
     * The value of a symbol.
     *
     * @return its address as it was linked, nothing if there is no such symbol
     */
    OptionalLong find(String name) {
        try {
            return file.byteSize() > 4 && file.get(INT, 0) == MAGIC
                    ? search(name)
                    : OptionalLong.empty();
        } catch (IndexOutOfBoundsException damaged) {
            return OptionalLong.empty();
        }
    }

    private OptionalLong search(String name) {
        long headers = wide ? file.get(LONG, 0x28) : unsigned(0x20);
        int size = Short.toUnsignedInt(file.get(SHORT, wide ? 0x3a : 0x2e));
        int count = Short.toUnsignedInt(file.get(SHORT, wide ? 0x3c : 0x30));
        for (int i = 0; i < count; i++) {
            long header = headers + (long) i * size;
            if (file.get(INT, header + 4) == SYMBOL_TABLE) {
                long strings = headers + unsigned(header + (wide ? 0x28 : 0x18)) * size;
                OptionalLong found = search(name, header, offset(strings));
                if (found.isPresent()) {
                    return found;
                }
            }
        }
        return OptionalLong.empty();
    }

    private OptionalLong search(String name, long header, long strings) {
        long table = offset(header);
        long length = wide ? file.get(LONG, header + 0x20) : unsigned(header + 0x14);
        int entry = wide ? 24 : 16;
        for (long at = table; at <= table + length - entry; at += entry) {
            if (isNamed(strings + unsigned(at), name)) {
                return OptionalLong.of(wide ? file.get(LONG, at + 8) : unsigned(at + 4));
            }
        }
        return OptionalLong.empty();
    }

    private boolean isNamed(long at, String name) {
        for (int i = 0; i < name.length(); i++) {
            if (file.get(ValueLayout.JAVA_BYTE, at + i) != (byte) name.charAt(i)) {
                return false;
            }
        }
        return file.get(ValueLayout.JAVA_BYTE, at + name.length()) == 0;
    }

    private long offset(long header) {
        return wide ? file.get(LONG, header + 0x18) : unsigned(header + 0x10);
    }

    private long unsigned(long at) {
        return Integer.toUnsignedLong(file.get(INT, at));
    }
}
