package kvm4j.machine;

import kvm4j.device.PowerManagement;
import kvm4j.memory.GuestMemory;
import kvm4j.memory.GuestRegion;
import kvm4j.snapshot.MachineState;
import kvm4j.snapshot.SnapshotException;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * What a machine has in common with all that are forked from it.
 *
 * @param device the node of the KVM that runs it
 * @param memorySize how much memory it has, in bytes
 * @param placement its processors
 * @param irqchip where its interrupt controllers are
 * @param equipment what is plugged in
 * @param handlers who handles exits that it has no part for
 * @param tuning what is set otherwise than on most
 */
record MachineKind(
        Path device,
        long memorySize,
        Placement placement,
        IrqchipMode irqchip,
        Equipment equipment,
        List<ExitHandler> handlers,
        Tuning tuning) {

    /** A kind; the list is copied. */
    MachineKind {
        handlers = List.copyOf(handlers);
    }

    /**
     * The kind of the machine that was in a state, but for peripherals other than {@link
     * Peripherals#powerSwitch()}.
     *
     * @param device the node of the KVM that is to run its forks
     * @throws SnapshotException if there can be no such machine
     */
    static MachineKind of(MachineState state, Path device) {
        int count = state.vcpus().size();
        if (!Placement.isPossible(count)) {
            throw new SnapshotException(
                    "there are no machines with %d processors".formatted(count));
        }
        boolean pc = state.hardware().pc();
        return new MachineKind(
                device,
                MachineBuilder.DEFAULT_MEMORY,
                new Placement(count, List.of()),
                irqchip(state.hardware().irqchip()),
                new Equipment(
                        Peripherals.debugExit(),
                        pc ? Optional.of(new PcPlatform(Optional.empty())) : Optional.empty(),
                        !pc && turnsOff(state) ? List.of(Peripherals.powerSwitch()) : List.of()),
                List.of(),
                Tuning.NONE);
    }

    private static IrqchipMode irqchip(String name) {
        return Arrays.stream(IrqchipMode.values())
                .filter(mode -> mode.name().equals(name))
                .findFirst()
                .orElseThrow(
                        () -> new SnapshotException("there are no interrupt controllers " + name));
    }

    private static boolean turnsOff(MachineState state) {
        return state.devices().stream()
                .anyMatch(saved -> saved.state() instanceof PowerManagement.State);
    }

    /** {@return how many processors it has} */
    int processors() {
        return placement.processors();
    }

    /**
     * Makes sure that there can be such a machine here.
     *
     * @throws IllegalArgumentException if there cannot
     */
    void requireSound() {
        placement.requireSound();
        if (processors() > 1 && irqchip == IrqchipMode.NONE) {
            throw new IllegalArgumentException(
                    "several processors need interrupt controllers to start each other");
        }
    }

    /** {@return what a machine of this kind with this memory is made of, for its snapshots} */
    MachineState.Hardware hardware(GuestMemory memory) {
        return new MachineState.Hardware(
                irqchip.name(),
                equipment.pc().isPresent(),
                memory.regions().stream()
                        .map(
                                region ->
                                        new MachineState.Region(
                                                region.address(),
                                                region.size(),
                                                region.access() == GuestRegion.Access.READ_WRITE))
                        .toList());
    }
}
