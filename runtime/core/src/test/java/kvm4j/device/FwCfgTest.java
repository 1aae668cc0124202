package kvm4j.device;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.US_ASCII;

import kvm4j.memory.GuestMemory;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.util.Random;

class FwCfgTest {

    private static final int DIRECTORY = 0x19;
    private static final int REQUEST = 0x1000;
    private static final int TARGET = 0x2000;
    private static final int READ = 2;
    private static final int SKIP = 4;
    private static final int SELECT = 8;
    private static final int WRITE = 16;
    private static final int ERROR = 1;

    private static final long ROM = 0xf_0000;

    private final GuestMemory memory =
            GuestMemory.builder().ram(0x1_0000).rom(ROM, GuestMemory.PAGE_SIZE).build();
    private final PortBus bus = new PortBus();
    private final FwCfg device =
            FwCfg.builder()
                    .item16(FwCfg.PROCESSORS, 3)
                    .item64(FwCfg.RAM_SIZE, 0x1_2345_6789L)
                    .file("opt/second", "two".getBytes(US_ASCII))
                    .file("etc/first", "number one".getBytes(US_ASCII))
                    .build(memory);

    @BeforeEach
    void attach() {
        bus.attach(FwCfg.PORT, FwCfg.PORTS, device);
    }

    @AfterEach
    void close() {
        memory.close();
    }

    private void select(int key) {
        bus.write(0x510, 2, key);
    }

    private byte[] next(int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) bus.read(0x511, 1);
        }
        return bytes;
    }

    private int dma(long request, int control, int length, long address) {
        memory.putInt(REQUEST, Integer.reverseBytes(control));
        memory.putInt(REQUEST + 4, Integer.reverseBytes(length));
        memory.putLong(REQUEST + 8, Long.reverseBytes(address));
        bus.write(0x514, 4, Integer.toUnsignedLong(Integer.reverseBytes((int) (request >>> 32))));
        bus.write(0x518, 4, Integer.toUnsignedLong(Integer.reverseBytes((int) request)));
        return Integer.reverseBytes(memory.getInt(REQUEST));
    }

    @Test
    void saysWhatItIs() {
        select(0);
        assertArrayEquals("QEMU\0\0".getBytes(US_ASCII), next(6));
        select(1);
        assertArrayEquals(new byte[] {3, 0, 0, 0}, next(4));
        assertEquals(0x554d_4551, bus.read(0x514, 4), "QEMU");
        assertEquals(0x4746_4320, bus.read(0x518, 4), " CFG");
    }

    @Test
    void itemsAreReadByteByByteAndThenZeros() {
        select(FwCfg.PROCESSORS);
        assertArrayEquals(new byte[] {3, 0, 0}, next(3));
        select(FwCfg.RAM_SIZE);
        assertArrayEquals(new byte[] {(byte) 0x89, 0x67, 0x45, 0x23, 1, 0, 0, 0}, next(8));
        select(0x3333);
        assertArrayEquals(new byte[4], next(4));
    }

    @Test
    void theDirectoryListsTheFilesByName() {
        select(DIRECTORY);
        assertArrayEquals(new byte[] {0, 0, 0, 2}, next(4));
        assertArrayEquals(new byte[] {0, 0, 0, 10, 0, 0x20, 0, 0}, next(8));
        assertEquals("etc/first", new String(next(56), US_ASCII).trim());
        assertArrayEquals(new byte[] {0, 0, 0, 3, 0, 0x21, 0, 0}, next(8));
        assertEquals("opt/second", new String(next(56), US_ASCII).trim());
        select(0x20);
        assertEquals("number one", new String(next(10), US_ASCII));
    }

    @Test
    void dmaCopiesFromWhereTheGuestIs() {
        memory.fill(TARGET, 16, (byte) 0xff);
        assertEquals(0, dma(REQUEST, 0x20 << 16 | SELECT | READ, 6, TARGET));
        assertEquals(0, dma(REQUEST, READ, 8, TARGET + 6));
        assertArrayEquals("number one\0\0\0\0".getBytes(US_ASCII), memory.read(TARGET, 14));
        assertEquals(-1, memory.getByte(TARGET + 14));
        assertEquals(0, dma(REQUEST, 0x20 << 16 | SELECT | SKIP, 7, 0));
        assertEquals("one", new String(next(3), US_ASCII));
        assertEquals(0, dma(REQUEST, SKIP, -1, 0));
        assertEquals(0, dma(REQUEST, READ, 3, TARGET));
        assertArrayEquals(new byte[3], memory.read(TARGET, 3));
    }

    @Test
    void dmaRefusesWhatCannotBe() {
        assertEquals(ERROR, dma(REQUEST, 0x20 << 16 | SELECT | WRITE, 1, TARGET));
        assertEquals(ERROR, dma(REQUEST, READ, 0x1_0000, TARGET));
        assertEquals(ERROR, dma(REQUEST, READ, -1, 0));
        assertEquals(ERROR, dma(REQUEST, READ, 1, -1));
        assertEquals(READ, dma(0xfff8, READ, 1, TARGET), "a request outside memory is dropped");
        assertEquals(READ, dma(-1, READ, 1, TARGET));
    }

    @Test
    void dmaLeavesRomAlone() {
        assertEquals(ERROR, dma(REQUEST, 0x20 << 16 | SELECT | READ, 1, ROM));
        memory.putInt(ROM, Integer.reverseBytes(SKIP));
        dma(ROM, SKIP, 0, 0);
        assertEquals(SKIP, Integer.reverseBytes(memory.getInt(ROM)), "and a request in it");
    }

    @Test
    void namesAndKeysHaveLimits() {
        var builder = FwCfg.builder();
        byte[] empty = {};
        assertThrows(IllegalArgumentException.class, () -> builder.file("", empty));
        assertThrows(IllegalArgumentException.class, () -> builder.file("x".repeat(56), empty));
        for (int key : new int[] {0x00, 0x01, 0x19, 0x4000}) {
            assertThrows(IllegalArgumentException.class, () -> builder.item(key, empty));
        }
        assertThrows(IllegalArgumentException.class, () -> builder.file("gr\u00f6\u00dfe", empty));
        assertThrows(IllegalArgumentException.class, () -> builder.item(-1, empty));
        builder.file("x".repeat(55), empty).build(memory);
    }

    @Test
    void anItemIsInNoFilesPlace() {
        FwCfg other =
                FwCfg.builder()
                        .item(0x20, new byte[] {'i'})
                        .file("a", new byte[] {'a'})
                        .build(memory);
        other.write(0, 2, 0x20);
        assertEquals('i', other.read(1, 1));
        other.write(0, 2, 0x21);
        assertEquals('a', other.read(1, 1));
        other.write(0, 2, DIRECTORY);
        byte[] entry = new byte[10];
        for (int i = 0; i < entry.length; i++) {
            entry[i] = (byte) other.read(1, 1);
        }
        assertArrayEquals(new byte[] {0, 0, 0, 1, 0, 0, 0, 1, 0, 0x21}, entry);
    }

    @Test
    void survivesAHostileGuest() {
        HostileGuest.attack(device, FwCfg.PORTS, 1);
        Random random = new Random(2);
        byte[] noise = new byte[0x1_0000];
        for (int i = 0; i < 20_000; i++) {
            if (i % 100 == 0) {
                random.nextBytes(noise);
                memory.write(0, noise);
            }
            long request = random.nextInt(0x1_0010);
            if (random.nextBoolean()) {
                dma(
                        request,
                        random.nextInt(),
                        random.nextInt() >>> random.nextInt(32),
                        random.nextLong() >>> random.nextInt(64));
            } else {
                bus.write(0x518, 4, Integer.toUnsignedLong(Integer.reverseBytes((int) request)));
            }
        }
    }

    /** Its machine's end interrupts a vCPU's thread that is in a device for long. */
    @Test
    void anInterruptedThreadGivesUpATransfer() {
        Thread.currentThread().interrupt();
        try {
            assertEquals(ERROR, dma(REQUEST, DIRECTORY << 16 | SELECT | READ, 0x1000, TARGET));
        } finally {
            assertTrue(Thread.interrupted());
        }
        assertEquals(0, memory.getInt(TARGET));
        assertEquals(0, dma(REQUEST, DIRECTORY << 16 | SELECT | READ, 0x1000, TARGET));
        assertEquals(2, Integer.reverseBytes(memory.getInt(TARGET)));
    }

    /** More than one step, of an item that ends within one. */
    @Test
    void muchIsTransferredWhole() {
        byte[] item = new byte[(2 << 20) + 777];
        new Random(3).nextBytes(item);
        try (GuestMemory large = GuestMemory.ofSize(8 << 20)) {
            FwCfg other = FwCfg.builder().item(0x100, item).build(large);
            large.fill(TARGET, 5 << 20, (byte) 1);
            large.putInt(REQUEST, Integer.reverseBytes(0x100 << 16 | SELECT | READ));
            large.putInt(REQUEST + 4, Integer.reverseBytes(4 << 20));
            large.putLong(REQUEST + 8, Long.reverseBytes(TARGET));
            other.write(8, 4, Integer.toUnsignedLong(Integer.reverseBytes(REQUEST)));
            assertEquals(0, large.getInt(REQUEST));
            assertArrayEquals(item, large.read(TARGET, item.length));
            assertArrayEquals(
                    new byte[(4 << 20) - item.length],
                    large.read(TARGET + item.length, (4 << 20) - item.length));
            assertEquals(1, large.getByte(TARGET + (4 << 20)));
        }
    }
}
