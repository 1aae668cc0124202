package kvm4j.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.OptionalLong;
import java.util.Random;

class GuestSymbolsTest {

    private static final int SECTIONS = 0x200;

    @Test
    void wide() {
        GuestSymbols symbols = new GuestSymbols(MemorySegment.ofArray(elf64()));
        assertEquals(OptionalLong.of(0xffff_ffff_8010_0000L), symbols.find("counter"));
        assertEquals(OptionalLong.empty(), symbols.find("count"));
        assertEquals(OptionalLong.empty(), symbols.find("counters"));
    }

    @Test
    void narrow() {
        GuestSymbols symbols = new GuestSymbols(MemorySegment.ofArray(elf32()));
        assertEquals(OptionalLong.of(0xc010_0000L), symbols.find("counter"));
    }

    /** Finds something or nothing, and throws nothing. */
    @Test
    void damaged() {
        Random random = new Random(14);
        for (int round = 0; round < 20_000; round++) {
            byte[] file = random.nextBoolean() ? elf64() : elf32();
            for (int i = random.nextInt(4); i >= 0; i--) {
                int header = random.nextBoolean() ? SECTIONS : 0;
                file[header + random.nextInt(0xc0)] = (byte) random.nextInt(256);
            }
            new GuestSymbols(MemorySegment.ofArray(file).asSlice(0, random.nextInt(file.length)))
                    .find("counter");
        }
    }

    private static byte[] elf64() {
        ByteBuffer file = ByteBuffer.allocate(0x400).order(ByteOrder.LITTLE_ENDIAN);
        file.putInt(0, 0x464c457f).put(4, (byte) 2);
        file.putLong(0x28, SECTIONS).putShort(0x3a, (short) 64).putShort(0x3c, (short) 3);
        int symbols = SECTIONS + 64;
        file.putInt(symbols + 4, 2).putLong(symbols + 0x18, 0x100).putLong(symbols + 0x20, 48);
        file.putInt(symbols + 0x28, 2);
        file.putLong(SECTIONS + 128 + 0x18, 0x180);
        file.putInt(0x100 + 24, 1).putLong(0x100 + 24 + 8, 0xffff_ffff_8010_0000L);
        file.put(0x181, "counter".getBytes(StandardCharsets.US_ASCII));
        return file.array();
    }

    private static byte[] elf32() {
        ByteBuffer file = ByteBuffer.allocate(0x400).order(ByteOrder.LITTLE_ENDIAN);
        file.putInt(0, 0x464c457f).put(4, (byte) 1);
        file.putInt(0x20, SECTIONS).putShort(0x2e, (short) 40).putShort(0x30, (short) 3);
        int symbols = SECTIONS + 40;
        file.putInt(symbols + 4, 2).putInt(symbols + 0x10, 0x100).putInt(symbols + 0x14, 32);
        file.putInt(symbols + 0x18, 2);
        file.putInt(SECTIONS + 80 + 0x10, 0x180);
        file.putInt(0x100 + 16, 1).putInt(0x100 + 16 + 4, 0xc010_0000);
        file.put(0x181, "counter".getBytes(StandardCharsets.US_ASCII));
        return file.array();
    }
}
