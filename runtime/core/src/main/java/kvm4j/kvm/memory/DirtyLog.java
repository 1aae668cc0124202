package kvm4j.kvm.memory;

import kvm4j.bindings.kvm.KvmUapi;
import kvm4j.bindings.kvm.kvm_clear_dirty_log;
import kvm4j.bindings.kvm.kvm_dirty_log;
import kvm4j.linux.FileDescriptor;
import kvm4j.linux.Ioctl;
import kvm4j.linux.Mapping;
import kvm4j.memory.GuestMemory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;
import java.util.Optional;
import java.util.function.LongConsumer;

/**
 * The pages of a memory slot that the guest wrote: {@code KVM_GET_DIRTY_LOG}.
 *
 * <p>{@link #fetch()} takes what was written since the fetch before, and write-protects it anew.
 * Where {@link kvm4j.kvm.Vm#enable} switched {@link kvm4j.kvm.Capability#MANUAL_DIRTY_LOG_PROTECT2}
 * on with {@link #MANUAL_PROTECT}, a fetch only looks, and {@link #clear} takes: a page that is
 * written in between is not lost, and the cost of protecting is spread.
 *
 * <p>One thread at a time should use it. The bitmap is allocated at the first fetch and kept, so
 * that neither fetching nor walking allocates afterwards.
 */
public final class DirtyLog implements AutoCloseable {

    /**
     * Argument of {@link kvm4j.kvm.Capability#MANUAL_DIRTY_LOG_PROTECT2}: a fetch takes nothing.
     */
    public static final long MANUAL_PROTECT = KvmUapi.KVM_DIRTY_LOG_MANUAL_PROTECT_ENABLE();

    /**
     * Argument of {@link kvm4j.kvm.Capability#MANUAL_DIRTY_LOG_PROTECT2}, with {@link
     * #MANUAL_PROTECT}: every page counts as written at first, so that logging begins without
     * protecting them all.
     */
    public static final long INITIALLY_SET = KvmUapi.KVM_DIRTY_LOG_INITIALLY_SET();

    private static final Ioctl GET_DIRTY_LOG =
            new Ioctl("KVM_GET_DIRTY_LOG", KvmUapi.KVM_GET_DIRTY_LOG());
    private static final Ioctl CLEAR_DIRTY_LOG =
            new Ioctl("KVM_CLEAR_DIRTY_LOG", KvmUapi.KVM_CLEAR_DIRTY_LOG());

    private static final MemorySegment NOTHING_FETCHED = MemorySegment.ofArray(new long[0]);

    private final FileDescriptor vm;
    private final MemorySlot slot;
    private final long pages;

    /** What the bitmap is in. A log that ends without a fetch needs none. */
    private Optional<Mapping> mapping = Optional.empty();

    private MemorySegment bitmap = NOTHING_FETCHED;
    private boolean closed;

    DirtyLog(FileDescriptor vm, MemorySlot slot) {
        this.vm = vm;
        this.slot = slot;
        this.pages = slot.size() / GuestMemory.PAGE_SIZE;
    }

    private void requireBitmap() {
        if (mapping.isEmpty()) {
            long bytes = roundUp(pages, Long.SIZE) / Byte.SIZE;
            Mapping room = Mapping.anonymous(roundUp(bytes, GuestMemory.PAGE_SIZE));
            mapping = Optional.of(room);
            bitmap = room.segment().asSlice(0, bytes);
        }
    }

    private static long roundUp(long value, long unit) {
        return (value + unit - 1) / unit * unit;
    }

    /**
     * How many pages the slot has.
     *
     * @return the number of pages of 4096 bytes
     */
    public long pages() {
        return pages;
    }

    /**
     * Asks which pages were written: {@code KVM_GET_DIRTY_LOG}.
     *
     * @throws kvm4j.linux.LinuxException {@code ENOENT} if the slot is removed, {@code ENXIO} if
     *     the VM has {@linkplain kvm4j.kvm.Vm#createDirtyRings dirty rings}
     * @throws IllegalStateException if the log or the VM is closed
     */
    public synchronized void fetch() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment log = arena.allocate(kvm_dirty_log.layout());
            kvm_dirty_log.slot(log, slot.number());
            requireOpen();
            requireBitmap();
            kvm_dirty_log.dirty_bitmap(log, bitmap);
            vm.ioctl(GET_DIRTY_LOG, log);
        }
    }

    /**
     * Takes the pages that the last fetch found, so that the next write to one is logged again:
     * {@code KVM_CLEAR_DIRTY_LOG}. For manual protection alone.
     *
     * @throws kvm4j.linux.LinuxException if the kernel refuses
     * @throws IllegalStateException if the log or the VM is closed
     */
    public void clear() {
        clear(0, pages);
    }

    /**
     * Takes the pages of a range that the last fetch found: {@code KVM_CLEAR_DIRTY_LOG}. For manual
     * protection alone.
     *
     * @param first the first page of the range, a multiple of 64
     * @param count how many pages, a multiple of 64 unless the range reaches the end
     * @throws kvm4j.linux.LinuxException {@code EINVAL} for a range that is none of these
     * @throws IndexOutOfBoundsException if the range is not inside the slot
     * @throws IllegalStateException if the log or the VM is closed
     */
    public synchronized void clear(long first, long count) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment log = arena.allocate(kvm_clear_dirty_log.layout());
            kvm_clear_dirty_log.slot(log, slot.number());
            kvm_clear_dirty_log.first_page(log, first);
            kvm_clear_dirty_log.num_pages(log, Math.toIntExact(count));
            requireOpen();
            requireBitmap();
            Objects.checkFromIndexSize(first, count, pages);
            kvm_clear_dirty_log.dirty_bitmap(log, bitmap.asSlice(first / Byte.SIZE));
            vm.ioctl(CLEAR_DIRTY_LOG, log);
        }
    }

    /**
     * Whether the last fetch found a page written.
     *
     * @param page its number, from 0 to {@link #pages()} - 1
     * @return whether it did
     * @throws IndexOutOfBoundsException if there is no such page
     * @throws IllegalStateException if the log is closed
     */
    public boolean isDirty(long page) {
        Objects.checkIndex(page, pages);
        requireOpen();
        return bitmap != NOTHING_FETCHED && (word(page / Long.SIZE) >>> page & 1) != 0;
    }

    /**
     * How many pages the last fetch found written.
     *
     * @return the number of pages
     * @throws IllegalStateException if the log is closed
     */
    public long count() {
        requireOpen();
        long count = 0;
        for (long i = 0; i < bitmap.byteSize() / Long.BYTES; i++) {
            count += Long.bitCount(word(i));
        }
        return count;
    }

    /**
     * Walks over the pages that the last fetch found written, lowest first.
     *
     * @param visitor is given the number of each
     * @throws IllegalStateException if the log is closed
     */
    public void forEachDirtyPage(LongConsumer visitor) {
        requireOpen();
        for (long i = 0; i < bitmap.byteSize() / Long.BYTES; i++) {
            for (long word = word(i); word != 0; word &= word - 1) {
                visitor.accept(i * Long.SIZE + Long.numberOfTrailingZeros(word));
            }
        }
    }

    private long word(long index) {
        return bitmap.getAtIndex(ValueLayout.JAVA_LONG, index);
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the dirty log is closed");
        }
    }

    /**
     * Ends the logging: {@code KVM_SET_USER_MEMORY_REGION} without {@code KVM_MEM_LOG_DIRTY_PAGES}.
     * Does nothing the second time.
     */
    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            mapping.ifPresent(Mapping::close);
            slot.endDirtyLog();
        }
    }
}
