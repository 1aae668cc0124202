package kvm4j.machine;

import kvm4j.device.Bus;
import kvm4j.device.BusAttachment;
import kvm4j.device.DeviceState;
import kvm4j.device.GuestTime;
import kvm4j.device.IoApic;
import kvm4j.device.MmioBus;
import kvm4j.device.PortBus;
import kvm4j.device.StatefulDevice;
import kvm4j.snapshot.MachineState.Device;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/** The states of all devices on a machine's buses. */
final class DeviceStates {

    private final PortBus ports;
    private final MmioBus mmio;

    DeviceStates(PortBus ports, MmioBus mmio) {
        this.ports = ports;
        this.mmio = mmio;
    }

    /**
     * Saves them.
     *
     * @throws IllegalStateException if a device keeps its state to itself
     */
    List<Device> save() {
        List<Device> states = new ArrayList<>();
        owners().forEach((owner, place) -> states.add(new Device(place, owner.save())));
        return states;
    }

    /**
     * Makes sure that states are of these devices.
     *
     * @throws IllegalArgumentException if they are not
     */
    void requireFit(List<Device> states) {
        SequencedMap<StatefulDevice<?>, String> owners = owners();
        List<String> places = states.stream().map(Device::place).toList();
        if (!places.equals(List.copyOf(owners.values()))) {
            throw new IllegalArgumentException(
                    "the snapshot is of a machine with devices at %s, not at %s"
                            .formatted(places, owners.values()));
        }
        int next = 0;
        for (StatefulDevice<?> owner : owners.keySet()) {
            Device saved = states.get(next++);
            if (!owner.stateType().isInstance(saved.state())) {
                throw new IllegalArgumentException(
                        "the snapshot is of a machine with another device at " + saved.place());
            }
        }
    }

    /** Restores states that {@linkplain #requireFit fit}, those of interrupt controllers first. */
    void restore(List<Device> states, GuestTime time) {
        List<StatefulDevice<?>> owners = List.copyOf(owners().keySet());
        for (int i = 0; i < owners.size(); i++) {
            if (owners.get(i) instanceof IoApic) {
                restore(owners.get(i), states.get(i).state(), time);
            }
        }
        for (int i = 0; i < owners.size(); i++) {
            if (!(owners.get(i) instanceof IoApic)) {
                restore(owners.get(i), states.get(i).state(), time);
            }
        }
    }

    private static <S extends DeviceState> void restore(
            StatefulDevice<S> device, DeviceState state, GuestTime time) {
        device.restore(device.stateType().cast(state), time);
    }

    /** All devices that have a state, each with the first of its places. */
    private SequencedMap<StatefulDevice<?>, String> owners() {
        SequencedMap<StatefulDevice<?>, String> owners = new LinkedHashMap<>();
        collect(ports, "port 0x", owners);
        collect(mmio, "GPA 0x", owners);
        return owners;
    }

    private static void collect(
            Bus bus, String space, SequencedMap<StatefulDevice<?>, String> owners) {
        for (BusAttachment attachment : bus.attachments()) {
            String place = space + Long.toHexString(attachment.start());
            StatefulDevice<?> owner =
                    attachment
                            .device()
                            .stateOwner()
                            .orElseThrow(
                                    () ->
                                            new IllegalStateException(
                                                    "the device at "
                                                            + place
                                                            + " cannot be saved: it is no"
                                                            + " StatefulDevice"));
            owners.putIfAbsent(owner, place);
        }
    }
}
