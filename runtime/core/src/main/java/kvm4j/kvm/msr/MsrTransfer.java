package kvm4j.kvm.msr;

import kvm4j.bindings.kvm.KvmUapi;
import kvm4j.bindings.kvm.kvm_msr_entry;
import kvm4j.bindings.kvm.kvm_msr_list;
import kvm4j.bindings.kvm.kvm_msrs;
import kvm4j.bindings.libc.Libc;
import kvm4j.linux.FileDescriptor;
import kvm4j.linux.Ioctl;
import kvm4j.x86.Msr;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;

/**
 * {@code struct kvm_msrs} and {@code struct kvm_msr_list} on their way to the kernel and back. One
 * call carries up to 255 MSRs, the kernel's limit; more go in several.
 */
final class MsrTransfer {

    static final Ioctl GET_MSRS = new Ioctl("KVM_GET_MSRS", KvmUapi.KVM_GET_MSRS());
    static final Ioctl SET_MSRS = new Ioctl("KVM_SET_MSRS", KvmUapi.KVM_SET_MSRS());

    private MsrTransfer() {}

    static List<Msr> get(ToIntFunction<MemorySegment> getMsrs, int... indices) {
        List<Msr> values = new ArrayList<>(indices.length);
        while (values.size() < indices.length) {
            int from = values.size();
            if (getBatch(getMsrs, indices, from, values) == 0) {
                throw new UnsupportedMsrException(GET_MSRS.name(), indices[from]);
            }
        }
        return List.copyOf(values);
    }

    /** Those that the kernel lets be read. */
    static List<Msr> getReadable(ToIntFunction<MemorySegment> getMsrs, int... indices) {
        List<Msr> values = new ArrayList<>(indices.length);
        int from = 0;
        while (from < indices.length) {
            int done = getBatch(getMsrs, indices, from, values);
            from += Math.max(done, 1);
        }
        return List.copyOf(values);
    }

    /** Reads as many as the kernel lets in one call, up to the first that it refuses. */
    private static int getBatch(
            ToIntFunction<MemorySegment> getMsrs, int[] indices, int from, List<Msr> values) {
        int count = Math.min(MsrTable.BATCH, indices.length - from);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment structure = allocate(arena, count);
            for (int i = 0; i < count; i++) {
                kvm_msr_entry.index(entry(structure, i), indices[from + i]);
            }
            int done = getMsrs.applyAsInt(structure);
            for (int i = 0; i < done; i++) {
                MemorySegment entry = entry(structure, i);
                values.add(new Msr(kvm_msr_entry.index(entry), kvm_msr_entry.data(entry)));
            }
            return done;
        }
    }

    static void set(ToIntFunction<MemorySegment> setMsrs, List<Msr> values) {
        int done = setSome(setMsrs, values);
        if (done < values.size()) {
            throw new UnsupportedMsrException(SET_MSRS.name(), values.get(done).index());
        }
    }

    /** Writes them up to the first that the kernel refuses. Answers how many were written. */
    static int setSome(ToIntFunction<MemorySegment> setMsrs, List<Msr> values) {
        try (Arena arena = Arena.ofConfined()) {
            return new MsrTable(values, arena).write(setMsrs);
        }
    }

    /** Asks how many there are, which the kernel answers with {@code E2BIG}, then for them. */
    static int[] indices(FileDescriptor system, Ioctl request) {
        int count = 0;
        while (true) {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment list =
                        arena.allocate(
                                kvm_msr_list.sizeof() + (long) count * Integer.BYTES,
                                Integer.BYTES);
                kvm_msr_list.nmsrs(list, count);
                int result = system.tryIoctl(request, list);
                int available = kvm_msr_list.nmsrs(list);
                if (result >= 0) {
                    return list.asSlice(kvm_msr_list.sizeof(), (long) available * Integer.BYTES)
                            .toArray(ValueLayout.JAVA_INT);
                }
                if (result != -Libc.E2BIG() || available <= count) {
                    throw request.failed(0, -result);
                }
                count = available;
            }
        }
    }

    static MemorySegment allocate(SegmentAllocator memory, int count) {
        MemorySegment structure =
                memory.allocate(kvm_msrs.sizeof() + count * kvm_msr_entry.sizeof(), Long.BYTES);
        kvm_msrs.nmsrs(structure, count);
        return structure;
    }

    static MemorySegment entry(MemorySegment structure, int index) {
        return structure.asSlice(
                kvm_msrs.sizeof() + index * kvm_msr_entry.sizeof(), kvm_msr_entry.sizeof());
    }
}
