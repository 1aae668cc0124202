package kvm4j.testing;

import kvm4j.device.DebugConsole;
import kvm4j.device.Serial16550;
import kvm4j.machine.MachineBuilder;
import kvm4j.machine.Peripherals;

import java.io.OutputStream;

/** Where a guest prints. */
public enum Channel {
    /** The first serial port, 0x3f8; what is typed comes here. */
    COM1 {
        @Override
        void connect(MachineBuilder machine, OutputStream output) {
            machine.console(output);
        }
    },

    /** The second serial port, 0x2f8. */
    COM2 {
        @Override
        void connect(MachineBuilder machine, OutputStream output) {
            machine.peripheral(
                    board ->
                            board.ports()
                                    .attach(
                                            COM2_PORT,
                                            Serial16550.PORTS,
                                            new Serial16550(
                                                    board.output("COM2", output),
                                                    board.interrupt(COM2_INTERRUPT),
                                                    board.timers())));
        }
    },

    /** The debug port 0xe9 of Bochs and QEMU. */
    DEBUG_PORT {
        @Override
        void connect(MachineBuilder machine, OutputStream output) {
            machine.peripheral(Peripherals.debugConsole(DebugConsole.BOCHS_PORT, output));
        }
    };

    private static final int COM2_PORT = 0x2f8;
    private static final int COM2_INTERRUPT = 3;

    abstract void connect(MachineBuilder machine, OutputStream output);
}
