package kvm4j.memory;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.bindings.libc.Libc;
import kvm4j.linux.LinuxException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;

class GuestMemoryTest {

    private static final long PAGE = GuestMemory.PAGE_SIZE;

    @Test
    void ramLeavesTheHoleBelowFourGibibytesFree() {
        try (GuestMemory memory = GuestMemory.ofSize(GuestMemory.HOLE_START + 2 * PAGE)) {
            assertEquals(2, memory.regions().size());
            assertEquals(GuestMemory.HOLE_START, memory.regions().get(0).end());
            assertEquals(GuestMemory.HOLE_END, memory.regions().get(1).address());
            assertEquals(GuestMemory.HOLE_START + 2 * PAGE, memory.size());
            memory.putLong(GuestMemory.HOLE_START - 8, 1);
            memory.putLong(GuestMemory.HOLE_END, 2);
            assertEquals(2, memory.getLong(GuestMemory.HOLE_END));
            assertThrows(
                    GuestAddressException.class,
                    () -> memory.putLong(GuestMemory.HOLE_START - 4, 3));
            assertThrows(
                    GuestAddressException.class, () -> memory.getByte(GuestMemory.HOLE_END - 1));
        }
    }

    @Test
    void valuesAreLittleEndianOfAnyAlignment() {
        try (GuestMemory memory = GuestMemory.ofSize(PAGE)) {
            memory.putLong(3, 0x0807_0605_0403_0201L);
            assertArrayEquals(new byte[] {1, 2, 3, 4, 5, 6, 7, 8}, memory.read(3, 8));
            assertEquals(0x0605_0403, memory.getInt(5));
            assertEquals(0x0302, memory.getShort(4));
            memory.putInt(5, -1);
            memory.putShort(9, (short) 0x1234);
            memory.putByte(11, (byte) 0x99);
            assertEquals(0x9912_34ff_ffff_ff02L, memory.getLong(4));
        }
    }

    @Test
    void stringsEndWithAZeroByte() {
        try (GuestMemory memory = GuestMemory.ofSize(PAGE)) {
            memory.fill(0, PAGE, (byte) 'x');
            memory.writeString(10, "hello \u00e9\u20ac");
            assertEquals("hello \u00e9?", memory.readString(10, 100));
            assertEquals("hel", memory.readString(10, 3));
            assertEquals("x".repeat(4), memory.readString(PAGE - 4, 4));
            assertThrows(GuestAddressException.class, () -> memory.readString(PAGE - 4, 5));
            assertThrows(GuestAddressException.class, () -> memory.writeString(PAGE - 4, "1234"));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 4095, 4097, -4096, GuestMemory.MAXIMUM_SIZE + 4096, Long.MAX_VALUE})
    void sizesThatCannotBeAreRefused(long size) {
        assertThrows(IllegalArgumentException.class, () -> GuestMemory.ofSize(size));
        assertThrows(IllegalArgumentException.class, () -> GuestMemory.builder().rom(0, size));
    }

    @ParameterizedTest
    @ValueSource(longs = {-4096, 1, 1L << 52, Long.MAX_VALUE - 4095})
    void addressesThatCannotBeAreRefused(long address) {
        assertThrows(
                IllegalArgumentException.class, () -> GuestMemory.builder().ram(address, PAGE));
    }

    @Test
    void overlapsAndNothingAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> GuestMemory.builder().build());
        var overlapping = GuestMemory.builder().ram(PAGE, 2 * PAGE).rom(0, 2 * PAGE);
        assertThrows(IllegalArgumentException.class, overlapping::build);
        var same = GuestMemory.builder().ram(PAGE, PAGE).ram(PAGE, PAGE);
        assertThrows(IllegalArgumentException.class, same::build);
        try (GuestMemory adjacent = GuestMemory.builder().ram(PAGE, PAGE).rom(0, PAGE).build()) {
            assertEquals(
                    List.of(GuestRegion.Access.READ_ONLY, GuestRegion.Access.READ_WRITE),
                    adjacent.regions().stream().map(GuestRegion::access).toList());
            assertThrows(GuestAddressException.class, () -> adjacent.getShort(PAGE - 1));
        }
    }

    @Test
    void whatTheHostCannotMapIsAnErrorThatLeavesNothingMapped() {
        var refused =
                assertThrows(
                        LinuxException.class, () -> GuestMemory.ofSize(GuestMemory.MAXIMUM_SIZE));
        assertTrue(refused.isErrno(Libc.ENOMEM()), refused::getMessage);
    }

    @Test
    void hugePagesHoldTheSame() {
        var builder = GuestMemory.builder().ram(8L << 20).hugePages();
        try (GuestMemory memory = builder.build()) {
            memory.fill(0, memory.size(), (byte) 7);
            assertEquals(0x0707_0707, memory.getInt(memory.size() - 4));
        } catch (LinuxException withoutHugePages) {
            assertTrue(withoutHugePages.isErrno(Libc.EINVAL()));
        }
    }

    @Test
    void hostileAddressesAreRefusedInOneLine() {
        try (GuestMemory memory = GuestMemory.ofSize(2 * PAGE)) {
            var refused =
                    assertThrows(
                            GuestAddressException.class,
                            () -> memory.slice(0xffff_ffff_ffff_f000L, -1));
            assertTrue(refused.getMessage().contains("0xfffffffffffff000"), refused::getMessage);
            assertFalse(refused.getMessage().contains("\n"));
            assertThrows(GuestAddressException.class, () -> memory.slice(PAGE, Long.MAX_VALUE));
            assertThrows(GuestAddressException.class, () -> memory.read(0, -1));
            assertFalse(memory.contains(0, -1));
            assertFalse(memory.contains(2 * PAGE, 1));
        }
    }

    /** Against arrays: every access either does what they do, or is refused where they end. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4})
    void everyAccessIsInsideARegionOrRefused(int seed) {
        Random random = new Random(seed);
        long low = random.nextInt(4) * PAGE;
        long lowSize = (1 + random.nextInt(3)) * PAGE;
        long high = low + lowSize + random.nextInt(3) * PAGE;
        long highSize = (1 + random.nextInt(3)) * PAGE;
        byte[] model = new byte[(int) (high + highSize)];
        try (GuestMemory memory =
                GuestMemory.builder().ram(low, lowSize).ram(high, highSize).build()) {
            for (int i = 0; i < 3_000; i++) {
                long gpa = address(random, model.length);
                int length = random.nextInt(4) == 0 ? random.nextInt(9000) : 1 << random.nextInt(4);
                boolean inside =
                        gpa >= low && gpa + length <= low + lowSize && gpa + length >= gpa
                                || gpa >= high
                                        && gpa + length <= high + highSize
                                        && gpa + length >= gpa;
                byte[] bytes = new byte[length];
                random.nextBytes(bytes);
                if (inside) {
                    memory.write(gpa, bytes);
                    System.arraycopy(bytes, 0, model, (int) gpa, length);
                    assertArrayEquals(bytes, memory.read(gpa, length));
                } else {
                    assertThrows(GuestAddressException.class, () -> memory.write(gpa, bytes));
                    assertThrows(GuestAddressException.class, () -> memory.read(gpa, length));
                    assertThrows(
                            GuestAddressException.class, () -> memory.fill(gpa, length, (byte) 1));
                }
                assertEquals(inside, memory.contains(gpa, length));
            }
            for (GuestRegion region : memory.regions()) {
                assertArrayEquals(
                        Arrays.copyOfRange(model, (int) region.address(), (int) region.end()),
                        region.segment().toArray(ValueLayout.JAVA_BYTE));
            }
        }
    }

    private static long address(Random random, int end) {
        return switch (random.nextInt(8)) {
            case 0 -> random.nextLong();
            case 1 -> Long.MIN_VALUE + random.nextInt(end);
            case 2 -> -random.nextInt(end);
            default -> random.nextInt(end + 16);
        };
    }

    @Test
    @SuppressWarnings("try") // when it is closed is what is tested
    void aLeaseKeepsClosedMemoryMapped() {
        GuestMemory memory = GuestMemory.ofSize(PAGE);
        MemorySegment slice = memory.slice(0, PAGE);
        GuestMemory.Lease first = memory.lease();
        GuestMemory.Lease second = memory.lease();
        memory.close();
        memory.close();
        assertThrows(IllegalStateException.class, memory::lease);
        slice.set(ValueLayout.JAVA_BYTE, 0, (byte) 1);
        first.close();
        first.close();
        slice.set(ValueLayout.JAVA_BYTE, 0, (byte) 1);
        second.close();
        assertThrows(IllegalStateException.class, () -> slice.get(ValueLayout.JAVA_BYTE, 0));
    }

    @Test
    @SuppressWarnings("try") // use after close is what is tested
    void closedMemoryIsOfNoUse() {
        GuestMemory memory = GuestMemory.ofSize(PAGE);
        memory.close();
        assertThrows(IllegalStateException.class, () -> memory.getByte(0));
        assertThrows(IllegalStateException.class, () -> memory.putLong(0, 1));
        assertThrows(IllegalStateException.class, () -> memory.read(0, 10));
        assertThrows(IllegalStateException.class, () -> memory.write(0, new byte[10]));
        assertThrows(IllegalStateException.class, () -> memory.fill(0, 10, (byte) 0));
        assertThrows(IllegalStateException.class, () -> memory.readString(0, 10));
        assertThrows(IllegalStateException.class, () -> memory.writeString(0, "x"));
    }

    @Test
    void zerosGoExactlyWhereTheyAreAskedFor() {
        try (GuestMemory memory = GuestMemory.ofSize(8 * GuestMemory.PAGE_SIZE)) {
            long page = GuestMemory.PAGE_SIZE;
            for (long[] range :
                    new long[][] {
                        {0, 8 * page},
                        {1, page},
                        {page - 1, 3 * page + 2},
                        {page, 0},
                        {5, 6},
                        {page, page}
                    }) {
                memory.fill(0, memory.size(), (byte) 1);
                memory.fill(range[0], range[1], (byte) 0);
                for (long at = 0; at < memory.size(); at++) {
                    boolean inside = at >= range[0] && at < range[0] + range[1];
                    assertEquals(inside ? 0 : 1, memory.getByte(at));
                }
            }
        }
    }

    private static byte[] numbered(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    /** More than one slice, and a part of one. */
    @Test
    void muchIsCopiedWhole() {
        int much = (1 << 20) + 12_345;
        byte[] bytes = numbered(much);
        try (GuestMemory memory = GuestMemory.ofSize(4 << 20)) {
            memory.write(77, bytes);
            assertArrayEquals(bytes, memory.read(77, much));
            memory.fill(76, much + 2, (byte) 9);
            for (long gpa : new long[] {76, 76 + much / 2, 77 + much}) {
                assertEquals(9, memory.getByte(gpa));
            }
            assertEquals(0, memory.getByte(75));
            assertEquals(0, memory.getByte(78 + much));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {-300_000, -1, 0, 1, 300_000})
    void memoryIsCopiedOntoItself(int distance) {
        byte[] bytes = numbered(1 << 20);
        try (GuestMemory memory = GuestMemory.ofSize(4 << 20)) {
            memory.write(1 << 20, bytes);
            memory.write((1 << 20) + distance, memory.slice(1 << 20, bytes.length));
            assertArrayEquals(bytes, memory.read((1 << 20) + distance, bytes.length));
        }
    }

    /** A channel holds the memory while it writes to a pipe that nobody reads. */
    @Test
    @Timeout(60)
    void memoryThatAChannelHoldsIsGivenBackOnceItLetsGo() throws Exception {
        GuestMemory memory = GuestMemory.builder().ram(0, 1 << 20).ram(1 << 24, 1 << 20).build();
        Pipe pipe = Pipe.open();
        var written =
                CompletableFuture.runAsync(
                        () -> {
                            try {
                                pipe.sink().write(memory.slice(0, 1 << 20).asByteBuffer());
                            } catch (IOException e) {
                                throw new UncheckedIOException(e);
                            }
                        });
        pipe.source().read(ByteBuffer.allocate(1)); // so that it is in the midst of it
        memory.close();
        memory.close();
        assertThrows(IllegalStateException.class, memory::lease);
        assertThrows(IllegalStateException.class, () -> memory.getByte(1 << 24));
        assertEquals(0, memory.getByte(0));
        pipe.source().close();
        written.join();
        MemorySegment held = memory.regions().getFirst().segment();
        while (held.scope().isAlive()) {
            Thread.onSpinWait();
        }
        assertThrows(IllegalStateException.class, () -> memory.getByte(0));
        pipe.sink().close();
    }
}
