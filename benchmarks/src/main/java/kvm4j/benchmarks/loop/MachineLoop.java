package kvm4j.benchmarks.loop;

import kvm4j.benchmarks.kind.Arrangement;
import kvm4j.benchmarks.kind.Workload;
import kvm4j.boot.Elf64Image;
import kvm4j.guests.Guest;
import kvm4j.machine.ExitObserver;
import kvm4j.machine.Machine;
import kvm4j.machine.MachineBuilder;
import kvm4j.memory.GuestMemory;

import java.util.List;

/**
 * A whole machine whose guest talks to one device for ever: the exit loop, the bus, the device. The
 * device is what measures, as a machine's exit loop is nobody else's.
 */
final class MachineLoop implements Measurable {

    private static final int PORT = Arrangement.DOORBELL_PORT;

    private final TurnDevice device = new TurnDevice();
    private final Machine machine;

    MachineLoop(Workload.GuestExits workload, ExitObserver... observers) {
        MachineBuilder builder =
                Machine.builder()
                        .image(new Elf64Image(workload.guest().image()))
                        .prepare(memory -> pass(workload.parameters(), memory))
                        .ports(PORT, Integer.BYTES, device)
                        .mmio(Guest.MMIO_ADDRESS, Integer.BYTES, device);
        for (ExitObserver observer : observers) {
            builder.observer(observer);
        }
        machine = builder.build();
        Thread.ofPlatform().daemon().start(() -> device.abandon(machine.run()));
    }

    /** Whether a workload is one that a device can measure. */
    static boolean supports(Workload workload) {
        return workload instanceof Workload.GuestExits exits
                && switch (exits.guest()) {
                    case PIO, PIO_IN, MMIO, MMIO_READ -> true;
                    default -> false;
                };
    }

    private static void pass(List<Long> parameters, GuestMemory memory) {
        ParameterBlock.write(parameters, memory);
        int port = Guest.PIO.parameters().indexOf("port");
        memory.putLong(Guest.PARAMETER_BLOCK + (long) port * Long.BYTES, PORT);
    }

    @Override
    public Turn measure(int groups, int size) {
        return device.measure(groups, size);
    }

    @Override
    public void close() {
        device.release();
        machine.close();
    }
}
