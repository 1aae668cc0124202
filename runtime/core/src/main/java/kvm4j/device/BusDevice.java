package kvm4j.device;

import java.util.Optional;

/**
 * What answers the guest's accesses to a range of ports or of MMIO addresses.
 *
 * <p>Calls come on the thread of the vCPU that made the access, and on several at once if the
 * machine has several: a device guards its own state. An access must not block, as the vCPU waits
 * for it, and should not allocate. What the guest does is never a reason to throw; an exception
 * says that the host failed the device, and ends the machine.
 */
public interface BusDevice {

    /**
     * The guest reads.
     *
     * @param offset in bytes from the start of the range that the device was attached at; the whole
     *     access is inside that range
     * @param size of the access, 1 to 8 bytes
     * @return the value, in the low {@code size} bytes; the bus drops what is above
     */
    long read(long offset, int size);

    /**
     * The guest writes.
     *
     * @param offset in bytes from the start of the range that the device was attached at; the whole
     *     access is inside that range
     * @param size of the access, 1 to 8 bytes
     * @param value unsigned, in the low {@code size} bytes; the bytes above are 0
     */
    void write(long offset, int size, long value);

    /**
     * Whose state includes that of this device.
     *
     * @return the device itself if it is a {@link StatefulDevice}, or the one that it is a part of;
     *     empty if nobody can save it
     */
    default Optional<StatefulDevice<?>> stateOwner() {
        return this instanceof StatefulDevice<?> stateful
                ? Optional.of(stateful)
                : Optional.empty();
    }
}
