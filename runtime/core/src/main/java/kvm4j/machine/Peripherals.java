package kvm4j.machine;

import kvm4j.device.DebugConsole;
import kvm4j.device.DebugExit;
import kvm4j.device.FuzzInput;
import kvm4j.device.InterruptLine;
import kvm4j.device.PcTestDevice;
import kvm4j.device.PowerManagement;
import kvm4j.device.PowerOffPorts;

import java.io.OutputStream;
import java.util.List;
import java.util.stream.IntStream;

/** Peripherals for guests under test. */
public final class Peripherals {

    private Peripherals() {}

    /**
     * The port by which a guest ends its machine with an exit code of its choice: {@link DebugExit}
     * at {@link DebugExit#PORT}, four ports, so that a code of 16 or 32 bits arrives whole. A
     * machine that is not told otherwise has it.
     *
     * @return the part
     */
    public static Peripheral debugExit() {
        return board ->
                board.ports()
                        .attach(
                                DebugExit.PORT,
                                DebugExit.PORTS,
                                new DebugExit(code -> board.end(new Outcome.Exited(code))));
    }

    /**
     * QEMU's isa-debug-exit at {@link DebugExit#PORT}, four ports: the exit code is twice what the
     * guest writes, plus one. For kvm-unit-tests.
     *
     * @return the part, for {@link MachineBuilder#exitDevice}
     */
    public static Peripheral isaDebugExit() {
        return board ->
                board.ports()
                        .attach(
                                DebugExit.PORT,
                                DebugExit.PORTS,
                                DebugExit.isaDebugExit(
                                        code -> board.end(new Outcome.Exited(code))));
    }

    /**
     * The test device of kvm-unit-tests: {@link PcTestDevice}. Its request to have a page mapped
     * anew does nothing.
     *
     * @return the part
     */
    public static Peripheral testDevice() {
        return board -> {
            List<InterruptLine> lines =
                    IntStream.range(0, PcTestDevice.INTERRUPTS).mapToObj(board::interrupt).toList();
            new PcTestDevice(lines, page -> {}).attachTo(board.ports(), board.mmio());
        };
    }

    /**
     * The ports by which kernels turn a virtual machine off, for a guest that has no other devices
     * of a PC: most that are tried under QEMU first end there so. A {@link MachineBuilder#pc()} has
     * them.
     *
     * @return the part
     */
    public static Peripheral powerSwitch() {
        return board -> {
            Runnable powerOff = () -> board.end(new Outcome.PoweredOff());
            board.ports()
                    .attach(
                            PowerManagement.PORT,
                            PowerManagement.PORTS,
                            new PowerManagement(InterruptLine.UNCONNECTED, powerOff));
            new PowerOffPorts(powerOff).attachTo(board.ports());
        };
    }

    /**
     * A port that takes text.
     *
     * @param port where, such as {@link DebugConsole#BOCHS_PORT}
     * @param output gets the text
     * @return the part
     */
    public static Peripheral debugConsole(int port, OutputStream output) {
        String name = "debug console at port 0x%x".formatted(port);
        return board -> board.ports().attach(port, 1, new DebugConsole(board.output(name, output)));
    }

    /**
     * The port at which a guest asks for the input that it is fuzzed with, {@link FuzzInput}, with
     * one input. A guest that asks for another ends with exit code 0. A machine with it has no
     * snapshots.
     *
     * @param input what the guest gets
     * @return the part
     */
    public static Peripheral fuzzInput(byte[] input) {
        return board ->
                board.ports()
                        .attach(
                                FuzzInput.PORT,
                                FuzzInput.PORTS,
                                new FuzzInput(
                                        board.memory(),
                                        input,
                                        () -> board.end(new Outcome.Exited(0))));
    }
}
