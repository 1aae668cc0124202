package kvm4j.device;

/**
 * What a device is at one moment, as data that does not change: a record of numbers, {@link
 * kvm4j.x86.Bytes}, moments of {@code java.time}, and records, lists and {@link java.util.Optional}
 * of these. It holds nothing of the host, and can be restored in another machine.
 *
 * <p>It may come from a file that is damaged: what no device can be is refused by the record, with
 * an {@link IllegalArgumentException}.
 */
public interface DeviceState {

    /** That of a device that keeps nothing from one access to the next. */
    record None() implements DeviceState {}
}
