package kvm4j.device;

/** The wire from a device to an interrupt controller. */
@FunctionalInterface
public interface InterruptLine {

    /** A wire that ends nowhere: for a device whose guest polls it. */
    InterruptLine UNCONNECTED = high -> {};

    /**
     * Drives the wire. A controller that triggers on edges sees one when the level rises.
     *
     * @param high whether the device asks for an interrupt
     */
    void setLevel(boolean high);

    /**
     * Says at which level the device drives the wire that is {@linkplain StatefulDevice#restore
     * restored}. The controllers have their own state, and see nothing of it; a wire that the
     * device shares with others knows by it who has it high.
     *
     * @param high whether the device asks for an interrupt
     */
    default void restoreLevel(boolean high) {}
}
