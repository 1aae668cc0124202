package kvm4j.device;

/**
 * A device that can say what it is, and become what another was: for snapshots. It may be a {@link
 * BusDevice} itself, or one of which several are the parts ({@link BusDevice#stateOwner}).
 *
 * <p>Any thread may save and restore; nobody accesses the device meanwhile.
 *
 * @param <S> what it is
 */
public interface StatefulDevice<S extends DeviceState> {

    /**
     * The kind of state that the device has.
     *
     * @return its class
     */
    Class<S> stateType();

    /**
     * What the device is now.
     *
     * @return all that its answers to the guest depend on
     */
    S save();

    /**
     * Makes the device what one of its kind was. It drives no line, but says what its level was
     * ({@link InterruptLine#restoreLevel}): interrupt controllers, {@link IoApic} too, know that
     * from their own state, and are restored before, and other devices may share the line. What has
     * happened since, such as the time of an alarm, its timers tell it at once.
     *
     * @param state what another, or this one, was
     * @param time what was the guest's time since then
     */
    void restore(S state, GuestTime time);
}
