package kvm4j.device;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * An address space in which devices have their places.
 *
 * <p>An access reaches its device as one call; an access that a single device does not hold whole
 * is made byte by byte, lowest address first. Where there is no device, reads give all ones and
 * writes are dropped.
 *
 * <p>Any thread may attach, move and detach devices, while others access them: an access finds a
 * device at its place from before or from after, and a move leaves no moment in which it is at
 * neither. An access that is under way when its device is moved or detached is not waited for.
 */
public abstract sealed class Bus permits PortBus, MmioBus {

    private record Withheld(long start, long length, String owner) {

        boolean overlaps(long otherStart, long otherLength) {
            return start < otherStart + otherLength && otherStart < start + length;
        }
    }

    private final List<BusAttachment> attachments = new ArrayList<>();

    /** The same in order, unless something changed since somebody asked. */
    private Optional<List<BusAttachment>> ordered = Optional.empty();

    private final List<Withheld> withheld = new ArrayList<>();

    Bus() {}

    /**
     * A way to the devices for one thread that accesses them often.
     *
     * @return a cursor of its own
     */
    public final BusCursor cursor() {
        return new BusCursor(this);
    }

    /**
     * What is attached at this moment.
     *
     * @return the devices' places, lowest address first; the same list until a device is attached,
     *     moved or detached
     */
    public final synchronized List<BusAttachment> attachments() {
        if (ordered.isEmpty()) {
            ordered = Optional.of(inOrder());
        }
        return ordered.get();
    }

    private List<BusAttachment> inOrder() {
        return attachments.stream().sorted(Comparator.comparingLong(BusAttachment::start)).toList();
    }

    final synchronized BusAttachment attachAt(long start, long length, BusDevice device) {
        requireRange(start, length);
        requireFree(start, length, null);
        BusAttachment attachment =
                new BusAttachment(this, new BusRange(start, length, device), length);
        replace(BusRange.NOWHERE, attachment.range());
        attachments.add(attachment);
        ordered = Optional.empty();
        return attachment;
    }

    final synchronized void withholdAt(long start, long length, String owner) {
        requireRange(start, length);
        requireNoDevice(start, length, null);
        withheld.add(new Withheld(start, length, owner));
    }

    /** Moves what is attached; answers the range where it is now. */
    final synchronized BusRange move(BusAttachment attachment, long start) {
        BusRange old = attachment.range();
        requireRange(start, attachment.length());
        requireFree(start, attachment.length(), attachment);
        BusRange moved = new BusRange(start, attachment.length(), old.device());
        replace(old, moved);
        ordered = Optional.empty();
        old.withdraw();
        return moved;
    }

    final synchronized void detach(BusAttachment attachment) {
        attachments.remove(attachment);
        ordered = Optional.empty();
        replace(attachment.range(), BusRange.NOWHERE);
        attachment.range().withdraw();
    }

    private void requireFree(long start, long length, BusAttachment mover) {
        requireNoDevice(start, length, mover);
        for (Withheld place : withheld) {
            if (place.overlaps(start, length)) {
                throw new IllegalArgumentException(
                        "no access to %s would reach a device: it belongs to %s"
                                .formatted(name(Math.max(start, place.start)), place.owner));
            }
        }
    }

    private void requireNoDevice(long start, long length, BusAttachment mover) {
        for (BusAttachment other : attachments) {
            long from = other.start();
            if (other != mover && from < start + length && start < from + other.length()) {
                throw new IllegalArgumentException(
                        "%s has a device already".formatted(name(Math.max(start, from))));
            }
        }
    }

    /** Throws {@link IllegalArgumentException} if there are no such addresses. */
    abstract void requireRange(long start, long length);

    /** {@return what messages call an address} */
    abstract String name(long address);

    /** {@return the range that holds an address, or {@link BusRange#NOWHERE}} */
    abstract BusRange find(long address);

    /** Takes one range out and another one in, at once; with the bus's lock held. */
    abstract void replace(BusRange old, BusRange next);
}
