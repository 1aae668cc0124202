package kvm4j.device;

/** A device that keeps nothing from one access to the next. Whatever is saved, it is that again. */
public interface StatelessDevice extends StatefulDevice<DeviceState.None> {

    @Override
    default Class<DeviceState.None> stateType() {
        return DeviceState.None.class;
    }

    @Override
    default DeviceState.None save() {
        return new DeviceState.None();
    }

    @Override
    default void restore(DeviceState.None state, GuestTime time) {
        // it is what it was
    }
}
