package kvm4j.cli;

import kvm4j.device.InterruptLine;
import kvm4j.device.PowerManagement;
import kvm4j.device.PowerOffPorts;
import kvm4j.machine.Board;
import kvm4j.machine.Outcome;
import kvm4j.machine.Peripheral;
import kvm4j.snapshot.MachineState;

/**
 * The ports by which kernels turn a virtual machine off, for a guest that has no other devices of a
 * PC: most that are tried under QEMU first end there so.
 */
final class PowerSwitch implements Peripheral {

    @Override
    public void attachTo(Board board) {
        Runnable powerOff = () -> board.end(new Outcome.PoweredOff());
        board.ports()
                .attach(
                        PowerManagement.PORT,
                        PowerManagement.PORTS,
                        new PowerManagement(InterruptLine.UNCONNECTED, powerOff));
        new PowerOffPorts(powerOff).attachTo(board.ports());
    }

    /** Whether a machine that was saved had it. */
    static boolean isIn(MachineState state) {
        String place = "port 0x%x".formatted(PowerManagement.PORT);
        return !state.hardware().pc()
                && state.devices().stream().anyMatch(device -> device.place().equals(place));
    }
}
