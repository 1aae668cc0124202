package kvm4j.machine;

import kvm4j.memory.GuestMemory;
import kvm4j.pc.PcDevices;

import java.util.List;
import java.util.Optional;

/**
 * What is plugged into a machine's board.
 *
 * @param exitDevice what the guest ends it with
 * @param pc its PC's devices, if it has them
 * @param peripherals all else, in this order
 */
record Equipment(Peripheral exitDevice, Optional<PcPlatform> pc, List<Peripheral> peripherals) {

    /** Equipment; the list is copied. */
    Equipment {
        peripherals = List.copyOf(peripherals);
    }

    /** Writes what tells the guest's kernel of the devices. */
    void describeIn(GuestMemory memory, int processors, IrqchipMode irqchip) {
        pc.ifPresent(platform -> platform.writeTables(memory, processors, irqchip));
    }

    /** Plugs all of it in; answers the PC's devices, if there are any. */
    Optional<PcDevices> plugInto(MachineBoard board) {
        exitDevice.attachTo(board);
        Optional<PcDevices> devices = pc.map(platform -> platform.attachTo(board));
        peripherals.forEach(part -> part.attachTo(board));
        return devices;
    }
}
