package kvm4j.boot;

import static kvm4j.boot.SampleImages.buffer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.memory.GuestMemory;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/** ELF files laid out in every way that is allowed, byte by byte. */
class ElfLayoutTest {

    private static final int PT_LOAD = 1;
    private static final int PT_DYNAMIC = 2;
    private static final int PT_INTERP = 3;
    private static final int PT_NOTE = 4;
    private static final int DATA = 0x1000;
    private static final byte FULL = 0x5a;

    /** A program header of a file whose contents are all 0x5a from {@link #DATA} on. */
    private record Header(
            int type,
            long offset,
            long virtual,
            long physical,
            long held,
            long length,
            long align) {

        static Header load(long address, long held, long length) {
            return new Header(PT_LOAD, DATA, address, address, held, length, 1);
        }
    }

    private final GuestMemory memory = GuestMemory.ofSize(8 << 20);

    @AfterEach
    void close() {
        memory.close();
    }

    private static byte[] elf(int type, long entry, Header... headers) {
        byte[] image = new byte[0x4000];
        Arrays.fill(image, DATA, image.length, FULL);
        ByteBuffer file =
                buffer(image)
                        .put(0, new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1})
                        .putShort(0x10, (short) type)
                        .putShort(0x12, (short) 62)
                        .putLong(0x18, entry)
                        .putLong(0x20, SampleImages.ELF64_HEADER)
                        .putShort(0x36, (short) SampleImages.ELF64_PROGRAM_HEADER)
                        .putShort(0x38, (short) headers.length);
        int at = SampleImages.ELF64_HEADER;
        for (Header header : headers) {
            file.putInt(at, header.type)
                    .putLong(at + 0x08, header.offset)
                    .putLong(at + 0x10, header.virtual)
                    .putLong(at + 0x18, header.physical)
                    .putLong(at + 0x20, header.held)
                    .putLong(at + 0x28, header.length)
                    .putLong(at + 0x30, header.align);
            at += SampleImages.ELF64_PROGRAM_HEADER;
        }
        return image;
    }

    private EntryState load(byte[] image) {
        return ImageFormat.of(image).read(image).load(memory);
    }

    private void assertFull(long address, int length) {
        byte[] expected = new byte[length];
        Arrays.fill(expected, FULL);
        assertArrayEquals(expected, memory.read(address, length));
    }

    private void assertZero(long address, int length) {
        assertArrayEquals(new byte[length], memory.read(address, length));
    }

    private void assertRefused(String reason, byte[] image) {
        var e = assertThrows(ImageException.class, () -> load(image));
        assertTrue(e.getMessage().contains(reason), e::getMessage);
    }

    @Test
    void zerosMayLieUnderAnotherSegment() {
        memory.fill(0, memory.size(), (byte) 1);
        Header large = Header.load(0x10_0000, 0x10, 0x20_0000);
        Header inside = Header.load(0x18_0000, 0x20, 0x20);
        for (List<Header> order : List.of(List.of(large, inside), List.of(inside, large))) {
            load(elf(2, 0x10_0000, order.toArray(Header[]::new)));
            assertFull(0x10_0000, 0x10);
            assertZero(0x10_0010, 0x7_fff0);
            assertFull(0x18_0000, 0x20);
            assertZero(0x18_0020, 0x17_ffe0);
            assertEquals(1, memory.getByte(0x30_0000));
        }
    }

    @Test
    void whatTheFileHoldsTwiceMayBeInTheSamePlace() {
        byte[] image =
                elf(
                        2,
                        0x10_0000,
                        Header.load(0x10_0000, 0x100, 0x100),
                        Header.load(0x10_0000, 8, 8));
        load(image);
        assertFull(0x10_0000, 0x100);
        assertRefused(
                "overlaps a segment",
                elf(
                        2,
                        0x10_0000,
                        Header.load(0x10_0000, 0x100, 0x100),
                        Header.load(0x10_0001, 8, 8)));
    }

    @Test
    void emptySegmentsAreNowhere() {
        load(
                elf(
                        2,
                        0x10_0000,
                        Header.load(0x7fff_ffff_0000L, 0, 0),
                        new Header(PT_LOAD, -1, 0, 0x10_0008, 0, 0x20, 1),
                        Header.load(0x10_0000, 0x10, 0x10)));
        assertFull(0x10_0000, 0x10);
    }

    @Test
    void withoutPhysicalAddressesTheVirtualOnesCount() {
        var entry =
                load(
                        elf(
                                2,
                                0x10_0008,
                                new Header(PT_LOAD, DATA, 0x10_0000, 0, 0x10, 0x10, 1),
                                new Header(PT_LOAD, DATA, 0x10_2000, 0, 0x10, 0x10, 1)));
        assertEquals(0x10_0008, entry.registers().rip());
        assertFull(0x10_2000, 0x10);
    }

    @Test
    void manySegmentsOfZerosAreClearedOnce() {
        Header[] headers = new Header[60];
        Arrays.fill(headers, Header.load(0x10_0000, 0, 0x60_0000));
        headers[0] = Header.load(0x10_0000, 0x10, 0x60_0000);
        load(elf(2, 0x10_0000, headers));
        assertFull(0x10_0000, 0x10);
    }

    @Test
    void theEntryIsWhereItsSegmentIs() {
        Header low = new Header(PT_LOAD, DATA, 0x40_0000, 0x10_0000, 0x10, 0x10, 1);
        Header other = new Header(PT_LOAD, DATA, 0x10_0000, 0x20_0000, 0x10, 0x10, 1);
        assertEquals(0x10_0004, load(elf(2, 0x40_0004, low, other)).registers().rip());
        assertEquals(0x20_0004, load(elf(2, 0x10_0004, low, other)).registers().rip());
        assertEquals(0x10_0004, load(elf(2, 0x10_0004, low)).registers().rip());
        assertRefused("entry point 0x500000", elf(2, 0x50_0000, low, other));
    }

    @Test
    void theLoadersOwnGoesWhereTheImageIsNot() {
        byte[] image = elf(2, 0x1000, Header.load(0x1000, 0x3000, 0x8_0000));
        var entry = load(image);
        assertFull(0x1000, 0x3000);
        assertZero(0x4000, 0x7_d000);
        long tables = entry.special().cr3();
        assertTrue(tables >= 0x8_1000 && tables < 0xa_0000, () -> Long.toHexString(tables));
        long stack = entry.registers().rsp();
        assertTrue(stack > 0x8_1000, () -> Long.toHexString(stack));
    }

    private static Header note(long offset, long length, long align) {
        return new Header(PT_NOTE, offset, 0, 0, length, length, align);
    }

    private static void putNote(byte[] image, int at, String owner, int type, int... contents) {
        ByteBuffer file = buffer(image).putInt(at, owner.length() + 1);
        file.putInt(at + 4, contents.length * 4).putInt(at + 8, type);
        for (int i = 0; i < owner.length(); i++) {
            file.put(at + 12 + i, (byte) owner.charAt(i));
        }
        int next = at + 12 + (owner.length() + 4 & -4);
        for (int word : contents) {
            file.putInt(next, word);
            next += 4;
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0x20, 0x24, 0x40, 0x3000, 0x7fff_ffff_ffff_ffffL, -1})
    void damageBehindTheNoteDoesNotMatter(long length) {
        byte[] image =
                elf(2, 0x10_0000, Header.load(0x10_0000, 0x10, 0x20), note(0x800, length, 4));
        putNote(image, 0x800, "Xen", 18, 0x10_0010);
        buffer(image).putInt(0x814, 4).putInt(0x818, -1).putInt(0x81c, 18);
        assertEquals(ImageFormat.PVH, ImageFormat.of(image));
        assertEquals(0x10_0010, load(image).registers().rip());
    }

    @Test
    void aSegmentMayHaveNotesOfBothAlignments() {
        byte[] image = elf(2, 0x10_0000, Header.load(0x10_0000, 0x10, 0x20), note(0x800, 0x40, 8));
        putNote(image, 0x800, "GNU", 3, 1, 2, 3);
        putNote(image, 0x81c, "Xen", 18, 0x10_0010);
        assertEquals(0x10_0010, load(image).registers().rip());
        byte[] wide = elf(2, 0x10_0000, Header.load(0x10_0000, 0x10, 0x20), note(0x800, 0x40, 4));
        putNote(wide, 0x800, "GNU", 5, 1, 2, 3);
        putNote(wide, 0x820, "Xen", 18, 0x10_0010);
        assertEquals(0x10_0010, load(wide).registers().rip());
    }

    @Test
    void aNoteThatIsTooShortDoesNotCount() {
        byte[] image = elf(2, 0x10_0000, Header.load(0x10_0000, 0x10, 0x20), note(0x800, 0x20, 4));
        putNote(image, 0x800, "Xen", 18);
        assertEquals(ImageFormat.ELF64, ImageFormat.of(image));
        byte[] elsewhere =
                elf(2, 0x10_0000, Header.load(0x10_0000, 0x10, 0x20), note(0x4001, 0x20, 4));
        assertEquals(ImageFormat.ELF64, ImageFormat.of(elsewhere));
    }

    @Test
    void aNoteSaysWhereAPvhKernelMayBe() {
        Header far = Header.load(0x1000_0000, 0x10, 0x20);
        byte[] image = elf(2, 0x1000_0000, far, note(0x800, 0x100, 4));
        putNote(image, 0x800, "Xen", 18, 0x1000_0010);
        assertRefused("does not fit", image);
        putNote(image, 0x814, "Xen", 19);
        assertEquals(0x20_0010, load(image).registers().rip());
        putNote(image, 0x814, "Xen", 19, 0x10_0000, 0x30_0001);
        assertEquals(0x40_0010, load(image).registers().rip());
        putNote(image, 0x814, "Xen", 19, 0x1000, 0x30_0000, 0x30_0018);
        assertRefused("no room for the image", image);
        putNote(image, 0x814, "Xen", 19, 0x1001);
        assertRefused("no power of two", image);
    }

    /** A program linked at 0 with a table of relocations at 0x100 of its only segment. */
    private static byte[] movable(long... dynamic) {
        byte[] image =
                elf(
                        3,
                        0x10,
                        new Header(PT_LOAD, DATA, 0, 0, 0x1000, 0x2000, 0x1000),
                        new Header(PT_DYNAMIC, 0x800, 0, 0, 8L * dynamic.length, 0, 8));
        for (int i = 0; i < dynamic.length; i++) {
            buffer(image).putLong(0x800 + 8 * i, dynamic[i]);
        }
        return image;
    }

    private static byte[] withRelocation(byte[] image, long target, long kind, long addend) {
        buffer(image)
                .putLong(DATA + 0x100, target)
                .putLong(DATA + 0x108, kind)
                .putLong(DATA + 0x110, addend);
        return image;
    }

    @Test
    void relocationsAreAppliedWhereTheProgramIs() {
        long[] table = {7, 0x100, 8, 24, 9, 24};
        var entry = load(withRelocation(movable(table), 0x1ff8, 8, 0x1234));
        assertEquals(0x10_0010, entry.registers().rip());
        assertEquals(0x10_1234, memory.getLong(0x10_1ff8));
        load(withRelocation(movable(table), 0x20, 0, 0));
        assertRefused("relocation of type 6 at 0x20", withRelocation(movable(table), 0x20, 6, 0));
        for (long target : new long[] {0x1ff9, 0x2000, -8, Long.MIN_VALUE}) {
            assertRefused("nothing is loaded", withRelocation(movable(table), target, 8, 0));
        }
    }

    @Test
    void implicitAndPackedRelocationsAddToWhatIsThere() {
        byte[] implicit = withRelocation(movable(17, 0x100, 18, 16), 0x200, 8, 0);
        buffer(implicit).putLong(DATA + 0x200, 0x1234);
        load(implicit);
        assertEquals(0x10_1234, memory.getLong(0x10_0200));
        byte[] packed = withRelocation(movable(36, 0x100, 35, 24), 0x200, 0b101, 0b11);
        buffer(packed)
                .putLong(DATA + 0x200, 1)
                .putLong(DATA + 0x208, 2)
                .putLong(DATA + 0x210, 3)
                .putLong(DATA + 0x200 + 8 * 64, 4);
        load(packed);
        assertEquals(0x10_0001, memory.getLong(0x10_0200));
        assertEquals(2, memory.getLong(0x10_0208));
        assertEquals(0x10_0003, memory.getLong(0x10_0210));
        assertEquals(0x10_0004, memory.getLong(0x10_0200 + 8 * 64));
    }

    /** A symbol table at 0x300 of the program's segment, with one symbol behind the empty one. */
    private static byte[] withSymbol(byte[] image, int info, int section, long value) {
        buffer(image)
                .put(DATA + 0x300 + 24 + 4, (byte) info)
                .putShort(DATA + 0x300 + 24 + 6, (short) section)
                .putLong(DATA + 0x300 + 24 + 8, value);
        return image;
    }

    private static byte[] symbolic(long kind, long addend, int info, int section, long value) {
        byte[] image = movable(7, 0x100, 8, 24, 6, 0x300);
        return withSymbol(
                withRelocation(image, 0x200, 1L << 32 | kind, addend), info, section, value);
    }

    @Test
    void relocationsMayNameSymbols() {
        for (int kind : new int[] {1, 6, 7}) {
            load(symbolic(kind, 4, 0x11, 1, 0x40));
            assertEquals(0x10_0044, memory.getLong(0x10_0200), "defined here");
        }
        load(symbolic(1, 4, 0x11, 0xfff1, 0x40));
        assertEquals(0x44, memory.getLong(0x10_0200), "absolute");
        load(symbolic(6, 0, 0x20, 0, 0x40));
        assertEquals(0, memory.getLong(0x10_0200), "weak, and defined nowhere");
        assertRefused("relocation of type 6", symbolic(6, 0, 0x10, 0, 0x40));
        assertRefused("relocation of type 6", symbolic(6, 0, 0x1a, 1, 0x40)); // an indirect one
        assertRefused("relocation of type 37", symbolic(37, 0, 0x11, 1, 0x40));
        byte[] without = withRelocation(movable(7, 0x100, 8, 24), 0x200, 1L << 32 | 1, 0);
        assertRefused("relocation of type 1", without);
    }

    @Test
    void aSlotsContentIsNoAddend() {
        byte[] image = movable(23, 0x100, 2, 16, 20, 17, 6, 0x300);
        withSymbol(withRelocation(image, 0x200, 1L << 32 | 7, 0), 0x12, 1, 0x40);
        buffer(image).putLong(DATA + 0x200, 0x1234);
        load(image);
        assertEquals(0x10_0040, memory.getLong(0x10_0200));
    }

    @Test
    void aProgramWithoutLibrariesMayNameTheirLoader() {
        Header loaded = new Header(PT_LOAD, DATA, 0, 0, 0x1000, 0x2000, 0x1000);
        Header loader = new Header(PT_INTERP, DATA, 0, 0, 0x10, 0x10, 1);
        byte[] alone = elf(3, 0x10, loader, loaded, new Header(PT_DYNAMIC, 0x800, 0, 0, 16, 0, 8));
        assertEquals(0x10_0010, load(alone).registers().rip());
        buffer(alone).putLong(0x800, 1);
        assertRefused("dynamically linked", alone);
        assertRefused("dynamically linked", elf(3, 0x10, loader, loaded));
    }

    @Test
    void aProgramThatNeedsLibrariesSaysSo() {
        assertRefused("needs a library", movable(1, 1, 0, 0));
        assertRefused("truncated", movable(7, 0x100, 8, 0x1000));
        assertRefused("entry point", elf(3, 0, Header.load(0x10, 0x10, 0x10)));
    }
}
