package kvm4j.cli;

import kvm4j.device.DebugConsole;
import kvm4j.machine.MachineBuilder;
import kvm4j.machine.Peripherals;

import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** A device that a user adds to a machine: {@code NAME} or {@code NAME=ARG}. */
@FunctionalInterface
interface ExtraDevice {

    /** All names, for help and errors. */
    String NAMES = "pc-testdev, isa-debug-exit, debugcon[=PORT], fuzz-input=FILE";

    /**
     * Plugs it in. To open its file may take as long as somebody else likes.
     *
     * @param machine the machine
     * @param memorySize how much memory the guest has, in bytes
     * @param diagnostics gets what the guest says about itself
     * @throws Failure if a file that it needs cannot be read
     */
    void addTo(MachineBuilder machine, long memorySize, OutputStream diagnostics);

    /**
     * Finds a device by its name.
     *
     * @throws IllegalArgumentException if there is none, or not with this argument
     */
    static ExtraDevice parse(String text) {
        String[] parts = text.split("=", 2);
        return switch (parts[0]) {
            case "pc-testdev" -> {
                requireNoArgument(parts);
                yield (machine, memorySize, diagnostics) ->
                        machine.peripheral(Peripherals.testDevice());
            }
            case "isa-debug-exit" -> {
                requireNoArgument(parts);
                yield (machine, memorySize, diagnostics) ->
                        machine.exitDevice(Peripherals.isaDebugExit());
            }
            case "debugcon" -> {
                int port = parts.length == 1 ? DebugConsole.BOCHS_PORT : parsePort(parts[1]);
                yield (machine, memorySize, diagnostics) ->
                        machine.peripheral(Peripherals.debugConsole(port, diagnostics));
            }
            case "fuzz-input" -> {
                String file = requireArgument(parts, "a file");
                yield (machine, memorySize, diagnostics) -> {
                    MemorySegment input = HostFile.read(file, memorySize);
                    machine.peripheral(Peripherals.fuzzInput(input.toArray(ValueLayout.JAVA_BYTE)));
                };
            }
            default ->
                    throw new IllegalArgumentException(
                            "'" + parts[0] + "' is no device; there are: " + NAMES);
        };
    }

    private static String requireArgument(String[] parts, String what) {
        if (parts.length == 1 || parts[1].isEmpty()) {
            throw new IllegalArgumentException(parts[0] + " needs " + what);
        }
        return parts[1];
    }

    private static void requireNoArgument(String[] parts) {
        if (parts.length > 1) {
            throw new IllegalArgumentException(
                    parts[0] + " takes no argument, but got '" + parts[1] + "'");
        }
    }

    private static int parsePort(String text) {
        try {
            int port = Integer.decode(text);
            if (port >= 0 && port <= 0xffff) {
                return port;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw new IllegalArgumentException("'" + text + "' is no port: 0 to 0xffff");
    }
}
