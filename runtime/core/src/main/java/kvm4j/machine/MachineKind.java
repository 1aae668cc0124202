package kvm4j.machine;

import kvm4j.device.PowerManagement;
import kvm4j.kvm.Vcpu;
import kvm4j.kvm.Vm;
import kvm4j.linux.CpuSet;
import kvm4j.linux.NativeThread;
import kvm4j.memory.GuestMemory;
import kvm4j.memory.GuestRegion;
import kvm4j.pc.Platform;
import kvm4j.snapshot.MachineState;
import kvm4j.snapshot.SnapshotException;
import kvm4j.x86.CpuId;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * What a machine has in common with all that are forked from it.
 *
 * @param device the node of the KVM that runs it
 * @param memorySize how much memory it has, in bytes
 * @param processors how many processors it has
 * @param pinning the host's CPUs that they are bound to in turn; none for no binding
 * @param irqchip where its interrupt controllers are
 * @param pc its PC's devices, if it has them
 * @param exitDevice what the guest ends it with
 * @param peripherals what is plugged in
 * @param handlers who handles exits that it has no part for
 * @param vmSteps what is set on the virtual machine at first
 * @param vcpuSteps what is set on each vCPU at first
 * @param cpuIdSteps what is changed in the answers of CPUID
 */
record MachineKind(
        Path device,
        long memorySize,
        int processors,
        List<Integer> pinning,
        IrqchipMode irqchip,
        Optional<PcPlatform> pc,
        Peripheral exitDevice,
        List<Peripheral> peripherals,
        List<ExitHandler> handlers,
        List<Consumer<? super Vm>> vmSteps,
        List<Consumer<? super Vcpu>> vcpuSteps,
        List<UnaryOperator<CpuId>> cpuIdSteps) {

    /** A kind; what is a list is copied. */
    MachineKind {
        pinning = List.copyOf(pinning);
        peripherals = List.copyOf(peripherals);
        handlers = List.copyOf(handlers);
        vmSteps = List.copyOf(vmSteps);
        vcpuSteps = List.copyOf(vcpuSteps);
        cpuIdSteps = List.copyOf(cpuIdSteps);
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
        if (!canHave(count)) {
            throw new SnapshotException(
                    "there are no machines with %d processors".formatted(count));
        }
        boolean pc = state.hardware().pc();
        return new MachineKind(
                device,
                MachineBuilder.DEFAULT_MEMORY,
                count,
                List.of(),
                irqchip(state.hardware().irqchip()),
                pc ? Optional.of(new PcPlatform(Optional.empty())) : Optional.empty(),
                Peripherals.debugExit(),
                !pc && turnsOff(state) ? List.of(Peripherals.powerSwitch()) : List.of(),
                List.of(),
                List.of(),
                List.of(),
                List.of());
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

    private static boolean canHave(int processors) {
        return processors >= 1 && processors <= Platform.MAXIMUM_PROCESSORS;
    }

    /**
     * Makes sure that there can be such a machine here.
     *
     * @throws IllegalArgumentException if there cannot
     */
    void requireSound() {
        if (!canHave(processors)) {
            throw new IllegalArgumentException(
                    "a machine has 1 to %d processors, not %d"
                            .formatted(Platform.MAXIMUM_PROCESSORS, processors));
        }
        if (processors > 1 && irqchip == IrqchipMode.NONE) {
            throw new IllegalArgumentException(
                    "several processors need interrupt controllers to start each other");
        }
        if (!pinning.isEmpty()) {
            requireAllowed();
        }
    }

    private void requireAllowed() {
        CpuSet allowed = NativeThread.current().cpus();
        for (int cpu : pinning) {
            if (!allowed.contains(cpu)) {
                throw new IllegalArgumentException(
                        "this process may not use CPU %d of the host, only %s"
                                .formatted(cpu, allowed));
            }
        }
    }

    /** {@return where in the host a processor is bound to} */
    Optional<CpuSet> hostCpus(int processor) {
        return pinning.isEmpty()
                ? Optional.empty()
                : Optional.of(CpuSet.of(pinning.get(processor % pinning.size())));
    }

    /** {@return what a machine of this kind with this memory is made of, for its snapshots} */
    MachineState.Hardware hardware(GuestMemory memory) {
        return new MachineState.Hardware(
                irqchip.name(),
                pc.isPresent(),
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
