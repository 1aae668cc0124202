package kvm4j.boot;

import kvm4j.memory.GuestMemory;
import kvm4j.x86.DescriptorTable;
import kvm4j.x86.Segment;
import kvm4j.x86.SpecialRegisters;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * What 64-bit mode needs in memory: segment descriptors, and page tables that map the first 4 GiB
 * one to one with pages of 2 MiB (Intel SDM volume 3, sections 3.4.5 and 4.5).
 *
 * <p>They take 28 KiB, from 0x1000 on where the image leaves that free: a page for the descriptors,
 * the top page table (PML4), the next (PDPT), and four page directories.
 */
final class LongModeTables {

    /** How much the page tables map, from address 0 on. */
    static final long MAPPED = 1L << 32;

    private static final String NAME = "the page tables of 64-bit mode";
    private static final long LENGTH = 0x7000;
    private static final long GDT = 0;
    private static final long PML4 = 0x1000;
    private static final long PDPT = 0x2000;
    private static final long DIRECTORIES = 0x3000;
    private static final int ENTRIES = 512;
    private static final int DIRECTORY_COUNT = 4;

    private static final long PRESENT_WRITABLE = 0b11;
    private static final long LARGE_PAGE = 1 << 7;
    private static final int LARGE_PAGE_BITS = 21;

    /** The selectors that Linux wants as well, for its 64-bit entry. */
    private static final int CODE_SELECTOR = 0x10;

    private static final int DATA_SELECTOR = 0x18;
    private static final long CODE_DESCRIPTOR = 0x00af_9b00_0000_ffffL;
    private static final long DATA_DESCRIPTOR = 0x00cf_9300_0000_ffffL;
    private static final int GDT_LIMIT = 4 * Long.BYTES - 1;

    private static final ValueLayout.OfLong ENTRY =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** What is in all directories, the same for all machines. */
    private static final long[] PAGES = pages();

    private final long start;

    private LongModeTables(long start) {
        this.start = start;
    }

    /** Writes the tables where nothing is yet. */
    static LongModeTables write(ImageMemory memory) {
        ImageMemory.Placed place = LoaderArea.allocateTables(memory, NAME, LENGTH);
        LongModeTables written = new LongModeTables(place.address());
        written.fill(place.bytes());
        return written;
    }

    private void fill(MemorySegment tables) {
        tables.set(ENTRY, GDT + CODE_SELECTOR, CODE_DESCRIPTOR);
        tables.set(ENTRY, GDT + DATA_SELECTOR, DATA_DESCRIPTOR);
        tables.set(ENTRY, PML4, start + PDPT | PRESENT_WRITABLE);
        for (int i = 0; i < DIRECTORY_COUNT; i++) {
            long directory = start + DIRECTORIES + i * GuestMemory.PAGE_SIZE;
            tables.set(ENTRY, PDPT + (long) i * Long.BYTES, directory | PRESENT_WRITABLE);
        }
        MemorySegment.copy(PAGES, 0, tables, ENTRY, DIRECTORIES, PAGES.length);
    }

    private static long[] pages() {
        long[] pages = new long[DIRECTORY_COUNT * ENTRIES];
        for (int i = 0; i < pages.length; i++) {
            pages[i] = (long) i << LARGE_PAGE_BITS | LARGE_PAGE | PRESENT_WRITABLE;
        }
        return pages;
    }

    /** {@return the registers after reset, changed to 64-bit mode with these tables} */
    SpecialRegisters enter(SpecialRegisters reset) {
        return reset.withCode(Segment.longModeCode(CODE_SELECTOR))
                .withData(Segment.flatData(DATA_SELECTOR))
                .withGdt(new DescriptorTable(start + GDT, GDT_LIMIT))
                .withIdt(EntryState.NO_INTERRUPTS)
                .withControl(
                        SpecialRegisters.CR0_PE | SpecialRegisters.CR0_ET | SpecialRegisters.CR0_PG,
                        start + PML4,
                        SpecialRegisters.CR4_PAE,
                        SpecialRegisters.EFER_LME | SpecialRegisters.EFER_LMA);
    }
}
