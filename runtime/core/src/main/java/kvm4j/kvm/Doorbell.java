package kvm4j.kvm;

import kvm4j.bindings.kvm.KvmUapi;
import kvm4j.bindings.kvm.kvm_ioeventfd;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.OptionalLong;

/**
 * A write of the guest that signals an eventfd instead of exiting: {@code struct kvm_ioeventfd}.
 *
 * @param space where the address is
 * @param address a port, or a guest-physical address
 * @param length the width of the write: 1, 2, 4 or 8 bytes, or 0 for any
 * @param match the value that has to be written, if it matters
 */
public record Doorbell(Space space, long address, int length, OptionalLong match) {

    /** Any width of write rings. */
    public static final int ANY_LENGTH = 0;

    /** Where a doorbell can be. */
    public enum Space {
        /** Among the ports. */
        PORT(KvmUapi.KVM_IOEVENTFD_FLAG_PIO()),
        /** In guest-physical memory where no memory slot is. */
        MMIO(0);

        private final int flag;

        Space(int flag) {
            this.flag = flag;
        }
    }

    /**
     * A doorbell.
     *
     * @throws IllegalArgumentException if the length is none that can be, or none with a value
     */
    public Doorbell {
        boolean exists =
                switch (length) {
                    case 1, 2, 4, 8 -> true;
                    case ANY_LENGTH -> match.isEmpty();
                    default -> false;
                };
        if (!exists) {
            throw new IllegalArgumentException("no doorbell of %d bytes".formatted(length));
        }
    }

    /**
     * A port.
     *
     * @param port the port
     * @param size the width of the write, or {@link #ANY_LENGTH}
     * @return a doorbell that any value rings
     */
    public static Doorbell port(int port, int size) {
        return new Doorbell(Space.PORT, port, size, OptionalLong.empty());
    }

    /**
     * A guest-physical address.
     *
     * @param gpa the address
     * @param length the width of the write, or {@link #ANY_LENGTH}
     * @return a doorbell that any value rings
     */
    public static Doorbell mmio(long gpa, int length) {
        return new Doorbell(Space.MMIO, gpa, length, OptionalLong.empty());
    }

    /**
     * This doorbell, for one value alone.
     *
     * @param value the value
     * @return a copy
     */
    public Doorbell matching(long value) {
        return new Doorbell(space, address, length, OptionalLong.of(value));
    }

    MemorySegment store(Arena arena, int eventFd, int extraFlags) {
        MemorySegment structure = arena.allocate(kvm_ioeventfd.layout());
        kvm_ioeventfd.addr(structure, address);
        kvm_ioeventfd.len(structure, length);
        kvm_ioeventfd.fd(structure, eventFd);
        kvm_ioeventfd.datamatch(structure, match.orElse(0));
        int matchFlag = match.isPresent() ? KvmUapi.KVM_IOEVENTFD_FLAG_DATAMATCH() : 0;
        kvm_ioeventfd.flags(structure, space.flag | matchFlag | extraFlags);
        return structure;
    }
}
