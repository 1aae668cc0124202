package kvm4j.kvm.msr;

import kvm4j.bindings.kvm.KvmUapi;
import kvm4j.bindings.kvm.kvm_msr_filter;
import kvm4j.bindings.kvm.kvm_msr_filter_range;
import kvm4j.linux.FileDescriptor;
import kvm4j.linux.Ioctl;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;

/**
 * Which MSRs the guest may access: {@code struct kvm_msr_filter}. An access that is denied raises a
 * general protection fault, or exits to user space where {@link
 * kvm4j.kvm.Vm#exitOnMsr(MsrExitReason...)} asked for {@link MsrExitReason#FILTER}.
 *
 * @param otherwise what holds for an MSR in none of the ranges
 * @param ranges up to 16 ranges, which do not overlap for one direction
 */
public record MsrFilter(Default otherwise, List<Range> ranges) {

    private static final Ioctl X86_SET_MSR_FILTER =
            new Ioctl("KVM_X86_SET_MSR_FILTER", KvmUapi.KVM_X86_SET_MSR_FILTER());

    /** The most ranges that a filter holds. */
    public static final int MAXIMUM_RANGES = KvmUapi.KVM_MSR_FILTER_MAX_RANGES();

    /** No MSR is denied: what a VM begins with. */
    public static final MsrFilter ALLOW_ALL = new MsrFilter(Default.ALLOW, List.of());

    /** What holds outside of the ranges. */
    public enum Default {
        /** The access is allowed. */
        ALLOW,
        /** The access is denied; needs at least one range. */
        DENY
    }

    /** Which way a range filters. */
    public enum Direction {
        /** RDMSR. */
        READ(KvmUapi.KVM_MSR_FILTER_READ()),
        /** WRMSR. */
        WRITE(KvmUapi.KVM_MSR_FILTER_WRITE()),
        /** Both. */
        READ_WRITE(KvmUapi.KVM_MSR_FILTER_READ() | KvmUapi.KVM_MSR_FILTER_WRITE());

        private final int flags;

        Direction(int flags) {
            this.flags = flags;
        }
    }

    /**
     * MSRs that follow each other, each with a bit of its own.
     *
     * @param direction for which accesses it decides
     * @param base the first MSR
     * @param count how many there are, from 1 to 12288
     * @param allowed bit n says whether MSR {@code base + n} is allowed; copied
     */
    public record Range(Direction direction, int base, int count, BitSet allowed) {

        /**
         * A range.
         *
         * @throws IllegalArgumentException if the count is out of range
         */
        public Range {
            Objects.requireNonNull(direction);
            if (count < 1 || count > KvmUapi.KVM_MSR_FILTER_MAX_BITMAP_SIZE() * Byte.SIZE) {
                throw new IllegalArgumentException(
                        "a filter range cannot have %d MSRs".formatted(count));
            }
            allowed = (BitSet) allowed.clone();
        }

        /**
         * A range of MSRs that are all denied.
         *
         * @param direction for which accesses
         * @param base the first MSR
         * @param count how many there are
         * @return the range
         */
        public static Range deny(Direction direction, int base, int count) {
            return new Range(direction, base, count, new BitSet());
        }

        /**
         * Which MSRs are allowed.
         *
         * @return a copy
         */
        @Override
        public BitSet allowed() {
            return (BitSet) allowed.clone();
        }
    }

    /**
     * A filter.
     *
     * @throws IllegalArgumentException if there are too many ranges, or none but a default of DENY
     */
    public MsrFilter {
        ranges = List.copyOf(ranges);
        if (ranges.size() > MAXIMUM_RANGES || otherwise == Default.DENY && ranges.isEmpty()) {
            throw new IllegalArgumentException(
                    "a filter that says %s cannot have %d ranges"
                            .formatted(otherwise, ranges.size()));
        }
    }

    /**
     * Makes this the filter of a VM: {@code KVM_X86_SET_MSR_FILTER}; {@link
     * kvm4j.kvm.Vm#setMsrFilter} is the way to it.
     *
     * @param vm the VM
     * @throws kvm4j.linux.LinuxException {@code EINVAL} for a filter that cannot be
     * @throws IllegalStateException if the VM is closed
     */
    public void applyTo(FileDescriptor vm) {
        try (Arena arena = Arena.ofConfined()) {
            vm.ioctl(X86_SET_MSR_FILTER, store(arena));
        }
    }

    private MemorySegment store(Arena arena) {
        MemorySegment filter = arena.allocate(kvm_msr_filter.layout());
        long flags =
                switch (otherwise) {
                    case ALLOW -> KvmUapi.KVM_MSR_FILTER_DEFAULT_ALLOW();
                    case DENY -> KvmUapi.KVM_MSR_FILTER_DEFAULT_DENY();
                };
        kvm_msr_filter.flags(filter, (int) flags);
        for (int i = 0; i < ranges.size(); i++) {
            Range range = ranges.get(i);
            MemorySegment target = kvm_msr_filter.ranges(filter, i);
            kvm_msr_filter_range.flags(target, range.direction.flags);
            kvm_msr_filter_range.base(target, range.base);
            kvm_msr_filter_range.nmsrs(target, range.count);
            kvm_msr_filter_range.bitmap(target, bitmap(arena, range));
        }
        return filter;
    }

    private static MemorySegment bitmap(Arena arena, Range range) {
        // the kernel reads whole longs
        long words = (range.count + Long.SIZE - 1L) / Long.SIZE;
        MemorySegment bitmap = arena.allocate(words * Long.BYTES, Long.BYTES);
        bitmap.copyFrom(MemorySegment.ofArray(range.allowed.get(0, range.count).toByteArray()));
        return bitmap;
    }
}
