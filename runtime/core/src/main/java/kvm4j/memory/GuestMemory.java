package kvm4j.memory;

import kvm4j.linux.FileDescriptor;
import kvm4j.linux.Mapping;
import kvm4j.linux.MemoryFile;
import kvm4j.linux.NativeAccess;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.LongConsumer;

/**
 * The guest's physical memory, and the host's bounds-checked access to it.
 *
 * <p>Made of one or more {@linkplain GuestRegion regions}, which do not overlap. Multi-byte values
 * are little-endian and need no alignment, as on x86. An access that one region does not hold whole
 * is a {@link GuestAddressException}, so that addresses which the guest supplied can be used as
 * they are; an access after {@link #close()} is an {@link IllegalStateException}. Any thread may
 * read and write; bytes that guest and host both write at the same time are as torn as on real
 * hardware.
 *
 * <p>Closing gives the memory back as soon as no virtual machine uses it any more, and no call in
 * flight that was handed a {@link #slice}, such as a channel's write: a guest can never reach
 * memory that this process has put to another use. Until then it can still be read and written.
 *
 * <p>However much is copied at once, other threads' garbage collections do not wait for it.
 *
 * {@snippet :
 * try (GuestMemory memory = GuestMemory.ofSize(64L << 20)) {
 *     memory.write(0x1000, image);
 *     memory.putInt(0x8000, 42);
 * }
 * }
 */
public final class GuestMemory implements AutoCloseable {

    static {
        NativeAccess.require();
    }

    /**
     * Where the hole below 4 GiB begins: from 3 GiB to 4 GiB there is no RAM, but room for devices
     * and firmware. RAM that does not fit below goes on at 4 GiB.
     */
    public static final long HOLE_START = 0xc000_0000L;

    /** Where the hole below 4 GiB ends. */
    public static final long HOLE_END = 0x1_0000_0000L;

    /** The size of a page: sizes and addresses of regions are multiples of it. */
    public static final long PAGE_SIZE = 4096;

    private static final long ADDRESS_SPACE = 1L << 52;

    /** The most that fits into x86's 2^52 bytes of addresses with the hole left free. */
    public static final long MAXIMUM_SIZE = ADDRESS_SPACE - (HOLE_END - HOLE_START);

    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final List<Mapping> mappings;
    private final GuestRegion[] regions;
    private final Backing backing;

    /** Replaced as a whole, and empty most of the time, so that a write looks at it at no cost. */
    private volatile HostWriteLog[] logs = {};

    private int leases;
    private boolean closed;

    private GuestMemory(List<Mapping> mappings, List<GuestRegion> regions, Backing backing) {
        this.mappings = mappings;
        this.regions = regions.toArray(GuestRegion[]::new);
        this.backing = backing;
    }

    /**
     * RAM from address 0 on, leaving the hole below 4 GiB free.
     *
     * @param size in bytes, a multiple of {@link #PAGE_SIZE}, at least one page and at most {@link
     *     #MAXIMUM_SIZE}; pages that nobody touches cost nothing
     * @return the memory
     * @throws IllegalArgumentException if the size is none of these
     * @throws kvm4j.linux.LinuxException if the host cannot map as much
     */
    public static GuestMemory ofSize(long size) {
        return builder().ram(size).build();
    }

    /**
     * Starts a layout of several regions.
     *
     * @return a builder without regions
     */
    public static Builder builder() {
        return new Builder();
    }

    /** Collects regions, and maps them when it is built. */
    public static final class Builder {

        private record Plan(long address, long size, GuestRegion.Access access) {}

        private final List<Plan> plans = new ArrayList<>();
        private Backing backing = Backing.ANONYMOUS;
        private boolean hugePages;

        private Builder() {}

        /**
         * RAM from address 0 on, leaving the hole below 4 GiB free.
         *
         * @param size in bytes, a multiple of {@link #PAGE_SIZE}, from one page to {@link
         *     #MAXIMUM_SIZE}
         * @return this builder
         * @throws IllegalArgumentException if the size is none of these
         */
        public Builder ram(long size) {
            requireSize(size);
            long low = Math.min(size, HOLE_START);
            ram(0, low);
            return size == low ? this : ram(HOLE_END, size - low);
        }

        /**
         * RAM at an address.
         *
         * @param address guest-physical, a multiple of {@link #PAGE_SIZE}
         * @param size in bytes, a multiple of {@link #PAGE_SIZE}
         * @return this builder
         * @throws IllegalArgumentException if address or size cannot be
         */
        public Builder ram(long address, long size) {
            return region(address, size, GuestRegion.Access.READ_WRITE);
        }

        /**
         * Memory that the guest can only read; the host fills it.
         *
         * @param address guest-physical, a multiple of {@link #PAGE_SIZE}
         * @param size in bytes, a multiple of {@link #PAGE_SIZE}
         * @return this builder
         * @throws IllegalArgumentException if address or size cannot be
         */
        public Builder rom(long address, long size) {
            return region(address, size, GuestRegion.Access.READ_ONLY);
        }

        private Builder region(long address, long size, GuestRegion.Access access) {
            requireSize(size);
            if (address < 0 || address % PAGE_SIZE != 0 || address > ADDRESS_SPACE - size) {
                throw new IllegalArgumentException(
                        "a region cannot begin at GPA 0x%x".formatted(address));
            }
            plans.add(new Plan(address, size, access));
            return this;
        }

        private static void requireSize(long size) {
            if (size < PAGE_SIZE || size > MAXIMUM_SIZE || size % PAGE_SIZE != 0) {
                throw new IllegalArgumentException(
                        "guest memory needs whole pages of %d bytes, from one page to %d bytes: %d"
                                .formatted(PAGE_SIZE, MAXIMUM_SIZE, size));
            }
        }

        /**
         * Asks the host for transparent huge pages behind every region. One that has none lets
         * {@link #build()} fail with {@code EINVAL}.
         *
         * @return this builder
         */
        public Builder hugePages() {
            hugePages = true;
            return this;
        }

        /**
         * Says what stands behind the regions on the host; fresh memory, if nobody does.
         *
         * @param newBacking what
         * @return this builder
         */
        public Builder backing(Backing newBacking) {
            backing = Objects.requireNonNull(newBacking);
            return this;
        }

        /**
         * Maps the regions.
         *
         * @return the memory: all zero, or what is in the file behind it
         * @throws IllegalArgumentException if there is no region, two overlap, or the file behind
         *     them is too short
         * @throws kvm4j.linux.LinuxException if the host cannot map as much
         * @throws IllegalStateException if the file behind them is closed
         */
        public GuestMemory build() {
            List<Plan> sorted = new ArrayList<>(plans);
            sorted.sort((plan, other) -> Long.compare(plan.address, other.address));
            requireDisjoint(sorted);
            requireRoom(sorted.stream().mapToLong(Plan::size).sum());
            List<Mapping> mappings = new ArrayList<>();
            List<GuestRegion> regions = new ArrayList<>();
            long offset = 0;
            try {
                for (Plan plan : sorted) {
                    Mapping mapping = map(offset, plan.size);
                    mappings.add(mapping);
                    offset += plan.size;
                    if (hugePages) {
                        mapping.adviseHugePages();
                    }
                    regions.add(new GuestRegion(plan.address, mapping.segment(), plan.access));
                }
                return new GuestMemory(mappings, regions, backing);
            } catch (Throwable e) {
                mappings.forEach(Mapping::close);
                throw e;
            }
        }

        private Mapping map(long offset, long size) {
            return switch (backing) {
                case Backing.Anonymous() -> Mapping.anonymous(size);
                case Backing.Shared(MemoryFile file) -> file.map(offset, size);
                case Backing.CopyOnWrite(FileDescriptor file, long start) ->
                        Mapping.copyOnWrite(file, start + offset, size);
            };
        }

        private void requireRoom(long size) {
            switch (backing) {
                case Backing.Anonymous() -> {}
                case Backing.Shared(MemoryFile file) -> requireRoom(size, file.size());
                case Backing.CopyOnWrite(FileDescriptor file, long start) -> {
                    if (start > Long.MAX_VALUE - size || !file.reaches(start + size - PAGE_SIZE)) {
                        requireRoom(size, (file.size() + PAGE_SIZE - 1 & -PAGE_SIZE) - start);
                    }
                }
            }
        }

        private static void requireRoom(long size, long available) {
            if (size > available) {
                throw new IllegalArgumentException(
                        "a file with %d bytes of memory cannot stand behind %d bytes"
                                .formatted(Math.max(available, 0), size));
            }
        }

        private static void requireDisjoint(List<Plan> sorted) {
            if (sorted.isEmpty()) {
                throw new IllegalArgumentException("guest memory needs a region");
            }
            for (int i = 1; i < sorted.size(); i++) {
                Plan before = sorted.get(i - 1);
                if (before.address + before.size > sorted.get(i).address) {
                    throw new IllegalArgumentException(
                            "two regions overlap at GPA 0x%x".formatted(sorted.get(i).address));
                }
            }
        }
    }

    /**
     * The regions, lowest address first.
     *
     * @return an unmodifiable list
     */
    public List<GuestRegion> regions() {
        return List.of(regions);
    }

    /**
     * What stands behind the regions on the host.
     *
     * @return what the memory was built with
     */
    public Backing backing() {
        return backing;
    }

    /**
     * How much memory there is.
     *
     * @return bytes in all regions together
     */
    public long size() {
        long size = 0;
        for (GuestRegion region : regions) {
            size += region.size();
        }
        return size;
    }

    /**
     * Whether one region holds all of a range.
     *
     * @param gpa guest-physical address of its first byte
     * @param length in bytes, not negative
     * @return whether an access to it would succeed
     */
    public boolean contains(long gpa, long length) {
        return length >= 0 && find(gpa, length) != null;
    }

    /**
     * Whether the guest, or a device for it, may write to all of a range.
     *
     * @param gpa guest-physical address of its first byte
     * @param length in bytes, not negative
     * @return whether one region holds it, and that is RAM
     */
    public boolean isWritable(long gpa, long length) {
        GuestRegion region = length < 0 ? null : find(gpa, length);
        return region != null && region.access() == GuestRegion.Access.READ_WRITE;
    }

    private GuestRegion find(long gpa, long length) {
        for (GuestRegion region : regions) {
            if (region.contains(gpa, length)) {
                return region;
            }
        }
        return null;
    }

    private GuestRegion require(long gpa, long length) {
        GuestRegion region = length < 0 ? null : find(gpa, length);
        if (region == null) {
            throw new GuestAddressException(gpa, length);
        }
        return region;
    }

    /**
     * A window on the memory itself, without a copy. What is written through it is in no {@link
     * HostWriteLog} until {@link #markWritten} says so.
     *
     * @param gpa guest-physical address of its first byte
     * @param length in bytes
     * @return a segment of that length, whose bytes the guest may change at any time
     * @throws GuestAddressException if no one region holds the range
     */
    public MemorySegment slice(long gpa, long length) {
        GuestRegion region = require(gpa, length);
        return region.segment().asSlice(gpa - region.address(), length);
    }

    /**
     * Reads 8 bits.
     *
     * @param gpa guest-physical address
     * @return the value
     * @throws GuestAddressException if there is no memory
     */
    public byte getByte(long gpa) {
        GuestRegion region = require(gpa, 1);
        return region.segment().get(ValueLayout.JAVA_BYTE, gpa - region.address());
    }

    /**
     * Reads 16 bits, little-endian.
     *
     * @param gpa guest-physical address, of any alignment
     * @return the value
     * @throws GuestAddressException if no one region holds all bytes
     */
    public short getShort(long gpa) {
        GuestRegion region = require(gpa, 2);
        return region.segment().get(SHORT, gpa - region.address());
    }

    /**
     * Reads 32 bits, little-endian.
     *
     * @param gpa guest-physical address, of any alignment
     * @return the value
     * @throws GuestAddressException if no one region holds all bytes
     */
    public int getInt(long gpa) {
        GuestRegion region = require(gpa, 4);
        return region.segment().get(INT, gpa - region.address());
    }

    /**
     * Reads 64 bits, little-endian.
     *
     * @param gpa guest-physical address, of any alignment
     * @return the value
     * @throws GuestAddressException if no one region holds all bytes
     */
    public long getLong(long gpa) {
        GuestRegion region = require(gpa, 8);
        return region.segment().get(LONG, gpa - region.address());
    }

    /**
     * Writes 8 bits.
     *
     * @param gpa guest-physical address
     * @param value the value
     * @throws GuestAddressException if there is no memory
     */
    public void putByte(long gpa, byte value) {
        GuestRegion region = require(gpa, 1);
        region.segment().set(ValueLayout.JAVA_BYTE, gpa - region.address(), value);
        log(gpa, 1);
    }

    /**
     * Writes 16 bits, little-endian.
     *
     * @param gpa guest-physical address, of any alignment
     * @param value the value
     * @throws GuestAddressException if no one region holds all bytes
     */
    public void putShort(long gpa, short value) {
        GuestRegion region = require(gpa, 2);
        region.segment().set(SHORT, gpa - region.address(), value);
        log(gpa, 2);
    }

    /**
     * Writes 32 bits, little-endian.
     *
     * @param gpa guest-physical address, of any alignment
     * @param value the value
     * @throws GuestAddressException if no one region holds all bytes
     */
    public void putInt(long gpa, int value) {
        GuestRegion region = require(gpa, 4);
        region.segment().set(INT, gpa - region.address(), value);
        log(gpa, 4);
    }

    /**
     * Writes 64 bits, little-endian.
     *
     * @param gpa guest-physical address, of any alignment
     * @param value the value
     * @throws GuestAddressException if no one region holds all bytes
     */
    public void putLong(long gpa, long value) {
        GuestRegion region = require(gpa, 8);
        region.segment().set(LONG, gpa - region.address(), value);
        log(gpa, 8);
    }

    /**
     * Copies bytes out of the memory.
     *
     * @param gpa guest-physical address of the first
     * @param length how many
     * @return a copy
     * @throws GuestAddressException if no one region holds the range
     */
    public byte[] read(long gpa, int length) {
        MemorySegment source = slice(gpa, length);
        byte[] copy = new byte[length];
        BulkAccess.copy(source, MemorySegment.ofArray(copy));
        return copy;
    }

    /**
     * Copies bytes into the memory.
     *
     * @param gpa guest-physical address of the first
     * @param bytes what to write
     * @throws GuestAddressException if no one region holds the range
     */
    public void write(long gpa, byte[] bytes) {
        write(gpa, MemorySegment.ofArray(bytes));
    }

    /**
     * Copies a segment into the memory.
     *
     * @param gpa guest-physical address of the first byte
     * @param source what to write
     * @throws GuestAddressException if no one region holds the range
     */
    public void write(long gpa, MemorySegment source) {
        MemorySegment target = slice(gpa, source.byteSize());
        try {
            BulkAccess.copy(source, target);
        } finally {
            log(gpa, source.byteSize());
        }
    }

    /**
     * Sets a range of bytes to one value. Zeros cost nothing where nobody wrote anything yet.
     *
     * @param gpa guest-physical address of the first
     * @param length how many
     * @param value the value
     * @throws GuestAddressException if no one region holds the range
     */
    public void fill(long gpa, long length, byte value) {
        GuestRegion region = require(gpa, length);
        try {
            if (value == 0 && backing instanceof Backing.Anonymous) {
                mappingOf(region).clear(gpa - region.address(), length);
            } else {
                BulkAccess.fill(slice(gpa, length), value);
            }
        } finally {
            log(gpa, length);
        }
    }

    private Mapping mappingOf(GuestRegion region) {
        int index = 0;
        while (regions[index] != region) {
            index++;
        }
        return mappings.get(index);
    }

    /**
     * Reads a string that a zero byte ends, of characters from ISO 8859-1.
     *
     * @param gpa guest-physical address of its first character
     * @param limit how many bytes to look at; the string is cut there
     * @return the string, without the zero byte
     * @throws GuestAddressException if memory ends before the string and the limit do
     */
    public String readString(long gpa, int limit) {
        StringBuilder string = new StringBuilder();
        for (int i = 0; i < limit; i++) {
            byte next = getByte(gpa + i);
            if (next == 0) {
                break;
            }
            string.append((char) Byte.toUnsignedInt(next));
        }
        return string.toString();
    }

    /**
     * Writes a string, with a zero byte behind it.
     *
     * @param gpa guest-physical address of its first character
     * @param string characters of ISO 8859-1; others become question marks
     * @throws GuestAddressException if no one region holds all of it
     */
    public void writeString(long gpa, String string) {
        byte[] characters = string.getBytes(StandardCharsets.ISO_8859_1);
        MemorySegment target = slice(gpa, characters.length + 1L);
        target.copyFrom(MemorySegment.ofArray(characters));
        target.set(ValueLayout.JAVA_BYTE, characters.length, (byte) 0);
        log(gpa, target.byteSize());
    }

    /**
     * Begins to note which pages the host writes: what KVM's dirty log does not see. Costs a write
     * some nanoseconds while there is a log, and nothing without.
     *
     * @return a log without pages, to be closed for the logging to end
     */
    public synchronized HostWriteLog logHostWrites() {
        HostWriteLog log = new HostWriteLog(this, regions[regions.length - 1].end());
        HostWriteLog[] more = Arrays.copyOf(logs, logs.length + 1);
        more[logs.length] = log;
        logs = more;
        return log;
    }

    synchronized void end(HostWriteLog log) {
        logs = Arrays.stream(logs).filter(other -> other != log).toArray(HostWriteLog[]::new);
    }

    /**
     * Says that the host wrote to a range past this object's methods: through a {@link #slice}, or
     * by a system call that was given one. To be called after the write.
     *
     * @param gpa guest-physical address of the first byte
     * @param length in bytes
     * @throws GuestAddressException if no one region holds the range
     */
    public void markWritten(long gpa, long length) {
        require(gpa, length);
        log(gpa, length);
    }

    private void log(long gpa, long length) {
        for (HostWriteLog log : logs) {
            if (length > 0) {
                log.mark(gpa, length);
            }
        }
    }

    /**
     * Copies the memory into a file, from which others can be {@linkplain Backing.CopyOnWrite
     * forked}. Pages of zeros stay holes in the file.
     *
     * @param name what {@code /proc} calls the file, at most 249 bytes
     * @return the file, as long as all regions together, to be closed by the caller
     * @throws kvm4j.linux.LinuxException if the kernel refuses
     */
    public MemoryFile copyToFile(String name) {
        return copyToFile(name, offset -> {});
    }

    /**
     * Copies the memory into a file, as {@link #copyToFile(String)} does, and says what is in it.
     *
     * @param name what {@code /proc} calls the file, at most 249 bytes
     * @param copied told where in the file each page is that is not all zero, lowest first
     * @return the file, as long as all regions together, to be closed by the caller
     * @throws kvm4j.linux.LinuxException if the kernel refuses
     */
    public MemoryFile copyToFile(String name, LongConsumer copied) {
        MemoryFile file = MemoryFile.create(name, size());
        try (Mapping copy = file.map()) {
            long offset = 0;
            for (GuestRegion region : regions) {
                MemorySegment target = copy.segment().asSlice(offset, region.size());
                long start = offset;
                BulkAccess.copyNonZeroPages(
                        region.segment(), target, at -> copied.accept(start + at));
                offset += region.size();
            }
            return file;
        } catch (Throwable e) {
            file.close();
            throw e;
        }
    }

    /**
     * Keeps the memory mapped until the lease is closed, even if the memory itself is closed
     * before. Whoever hands the regions to a kernel takes one.
     *
     * @return the lease
     * @throws IllegalStateException if the memory is closed
     */
    public synchronized Lease lease() {
        if (closed) {
            throw new IllegalStateException("guest memory is closed");
        }
        leases++;
        return new Lease(this);
    }

    /** The use of guest memory by someone who does not own it. */
    public static final class Lease implements AutoCloseable {

        private final GuestMemory memory;
        private boolean ended;

        private Lease(GuestMemory memory) {
            this.memory = memory;
        }

        /** Ends the use. Does nothing the second time. */
        @Override
        public void close() {
            synchronized (memory) {
                if (!ended) {
                    ended = true;
                    memory.leases--;
                    memory.unmapIfUnused();
                }
            }
        }
    }

    private void unmapIfUnused() {
        if (closed && leases == 0) {
            mappings.forEach(Mapping::close);
        }
    }

    /**
     * Unmaps the memory, or, while a virtual machine or a call in flight uses it, lets the end of
     * that use do so. Never throws; does nothing the second time.
     */
    @Override
    public synchronized void close() {
        closed = true;
        unmapIfUnused();
    }
}
