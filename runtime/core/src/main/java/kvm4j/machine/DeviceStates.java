package kvm4j.machine;

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
    private Owners known = Owners.NONE;

    /**
     * All devices that have a state.
     *
     * @param onPorts what was attached then
     * @param onMmio what was attached then
     * @param devices those that have a state
     * @param places the first place of each
     */
    private record Owners(
            List<BusAttachment> onPorts,
            List<BusAttachment> onMmio,
            List<StatefulDevice<?>> devices,
            List<String> places) {

        private static final Owners NONE = new Owners(List.of(), List.of(), List.of(), List.of());

        static Owners of(List<BusAttachment> onPorts, List<BusAttachment> onMmio) {
            SequencedMap<StatefulDevice<?>, String> places = new LinkedHashMap<>();
            collect(onPorts, "port 0x", places);
            collect(onMmio, "GPA 0x", places);
            return new Owners(
                    onPorts, onMmio, List.copyOf(places.keySet()), List.copyOf(places.values()));
        }

        private static void collect(
                List<BusAttachment> attachments,
                String space,
                SequencedMap<StatefulDevice<?>, String> places) {
            for (BusAttachment attachment : attachments) {
                String place = space + Long.toHexString(attachment.start());
                places.putIfAbsent(owner(attachment, place), place);
            }
        }

        private static StatefulDevice<?> owner(BusAttachment attachment, String place) {
            return attachment
                    .device()
                    .stateOwner()
                    .orElseThrow(
                            () ->
                                    new IllegalStateException(
                                            "the device at "
                                                    + place
                                                    + " cannot be saved: it is no"
                                                    + " StatefulDevice"));
        }
    }

    DeviceStates(PortBus ports, MmioBus mmio) {
        this.ports = ports;
        this.mmio = mmio;
    }

    /** Found anew if anything was attached, moved or detached: it takes longer than to restore. */
    private Owners owners() {
        List<BusAttachment> onPorts = ports.attachments();
        List<BusAttachment> onMmio = mmio.attachments();
        if (onPorts != known.onPorts || onMmio != known.onMmio) {
            known = Owners.of(onPorts, onMmio);
        }
        return known;
    }

    /**
     * Saves them.
     *
     * @throws IllegalStateException if a device keeps its state to itself
     */
    List<Device> save() {
        Owners owners = owners();
        List<Device> states = new ArrayList<>();
        for (int i = 0; i < owners.devices.size(); i++) {
            states.add(new Device(owners.places.get(i), owners.devices.get(i).save()));
        }
        return states;
    }

    /**
     * Makes sure that states are of these devices.
     *
     * @throws IllegalArgumentException if they are not
     */
    void requireFit(List<Device> states) {
        Owners owners = owners();
        requireSamePlaces(states, owners.places);
        for (int i = 0; i < states.size(); i++) {
            Device saved = states.get(i);
            if (!owners.devices.get(i).stateType().isInstance(saved.state())) {
                throw new IllegalArgumentException(
                        "the snapshot is of a machine with another device at " + saved.place());
            }
        }
    }

    private static void requireSamePlaces(List<Device> states, List<String> places) {
        boolean same = states.size() == places.size();
        for (int i = 0; same && i < states.size(); i++) {
            same = states.get(i).place().equals(places.get(i));
        }
        if (!same) {
            throw new IllegalArgumentException(
                    "the snapshot is of a machine with devices at %s, not at %s"
                            .formatted(states.stream().map(Device::place).toList(), places));
        }
    }

    /** Restores states that {@linkplain #requireFit fit}, those of interrupt controllers first. */
    void restore(List<Device> states, GuestTime time) {
        List<StatefulDevice<?>> devices = owners().devices;
        for (int i = 0; i < devices.size(); i++) {
            if (devices.get(i) instanceof IoApic) {
                restore(devices.get(i), states.get(i).state(), time);
            }
        }
        for (int i = 0; i < devices.size(); i++) {
            if (!(devices.get(i) instanceof IoApic)) {
                restore(devices.get(i), states.get(i).state(), time);
            }
        }
    }

    private static <S extends DeviceState> void restore(
            StatefulDevice<S> device, DeviceState state, GuestTime time) {
        device.restore(device.stateType().cast(state), time);
    }
}
