package kvm4j.cli;

import kvm4j.machine.IrqchipMode;
import kvm4j.machine.MachineBuilder;
import kvm4j.machine.Peripherals;
import kvm4j.memory.GuestMemory;
import kvm4j.pc.Platform;

import picocli.CommandLine.Model.OptionSpec;

import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** What the machine is made of. */
final class MachineOptions {

    private final OptionSpec memory =
            OptionSpec.builder("-m", "--memory")
                    .paramLabel("SIZE")
                    .type(MemorySize.class)
                    .defaultValue("64M")
                    .description(
                            "The guest's memory, in MiB or with a unit: 512, 64M, 1.5G, 4096B."
                                    + " Default: 64M.")
                    .build();

    private final OptionSpec processors =
            OptionSpec.builder("--cpus")
                    .paramLabel("N")
                    .type(int.class)
                    .defaultValue("1")
                    .description("How many processors the guest has. Default: 1.")
                    .build();

    private final OptionSpec cpu =
            OptionSpec.builder("--cpu")
                    .paramLabel("MODEL")
                    .type(String.class)
                    .description(
                            "What the processors are, as QEMU's -cpu has it: max, host, or a model"
                                    + " such as qemu64, with ,+FEATURE ,-FEATURE or ,NAME=VALUE"
                                    + " behind. Default: max, which is all that KVM offers.")
                    .build();

    private final OptionSpec pinning =
            OptionSpec.builder("--pin")
                    .paramLabel("CPUS")
                    .type(CpuList.class)
                    .description(
                            "Bind the guest's processors, in turn, to these CPUs of the host: 0,2"
                                    + " or 0-3.")
                    .build();

    private final OptionSpec irqchip =
            OptionSpec.builder("--irqchip")
                    .paramLabel("WHERE")
                    .type(IrqchipMode.class)
                    .description(
                            "Where the interrupt controllers are: kernel, split (local APICs"
                                    + " only), or none, where HLT ends the guest. Default: none"
                                    + " for bare code and plain ELF executables on one processor,"
                                    + " else kernel; with a PC's other devices and its tables.")
                    .build();

    private final OptionSpec devices =
            OptionSpec.builder("--device")
                    .paramLabel("NAME")
                    .type(List.class)
                    .auxiliaryTypes(ExtraDevice.class)
                    .initialValue(List.of())
                    .description(
                            "Add a device, more than once if need be: pc-testdev and"
                                    + " isa-debug-exit (instead of the usual exit port) for"
                                    + " kvm-unit-tests; debugcon, or debugcon=PORT, which prints on"
                                    + " standard error what is written to port 0xe9 or PORT;"
                                    + " fuzz-input=FILE, which gives a guest that is fuzzed the one"
                                    + " input.")
                    .build();

    private final OptionSpec timeLimit =
            OptionSpec.builder("-t", "--timeout")
                    .paramLabel("TIME")
                    .type(Duration.class)
                    .description("End the guest after this time: 2s, 500ms, 1.5m, 1d.")
                    .build();

    private final OptionSpec kvmDevice = Usage.kvmDevice();

    OptionGroup group() {
        return new OptionGroup(
                "Machine",
                List.of(memory, processors, cpu, pinning, irqchip, devices, timeLimit, kvmDevice));
    }

    /**
     * How much memory the guest has, in bytes.
     *
     * @throws IllegalArgumentException if no guest can have it
     */
    long memorySize() {
        MemorySize size = memory.getValue();
        long bytes = size.bytes();
        if (bytes < GuestMemory.PAGE_SIZE
                || bytes > GuestMemory.MAXIMUM_SIZE
                || bytes % GuestMemory.PAGE_SIZE != 0) {
            throw new IllegalArgumentException(
                    "a guest cannot have %s of memory: it takes a multiple of %s, up to %s"
                            .formatted(
                                    size,
                                    new MemorySize(GuestMemory.PAGE_SIZE),
                                    new MemorySize(GuestMemory.MAXIMUM_SIZE)));
        }
        return bytes;
    }

    /**
     * How many processors the guest has.
     *
     * @throws IllegalArgumentException if no guest can have as many
     */
    int processors() {
        int count = processors.<Integer>getValue();
        if (count < 1 || count > Platform.MAXIMUM_PROCESSORS) {
            throw new IllegalArgumentException(
                    "a guest has 1 to %d processors, not %d"
                            .formatted(Platform.MAXIMUM_PROCESSORS, count));
        }
        return count;
    }

    /**
     * How long the guest may take, the opening of its files included.
     *
     * @throws IllegalArgumentException if that is no time at all
     */
    TimeLimit timeLimit() {
        Duration limit = timeLimit.getValue();
        if (limit != null && !limit.isPositive()) {
            throw new IllegalArgumentException("a time limit must be more than 0");
        }
        return new TimeLimit(Optional.ofNullable(limit));
    }

    /**
     * Describes the machine.
     *
     * @param machine gets the description
     * @param boot what it starts
     * @param diagnostics gets what the guest says about itself
     * @throws IllegalArgumentException if there can be no such machine
     */
    void applyTo(MachineBuilder machine, Boot boot, OutputStream diagnostics) {
        machine.kvm(kvmDevice.getValue()).memory(memorySize()).processors(processors());
        IrqchipMode mode = irqchip.getValue();
        if (mode == null) {
            boolean simple = !boot.expectsPc() && processors() == 1;
            mode = simple ? IrqchipMode.NONE : IrqchipMode.KERNEL;
        }
        machine.irqchip(mode);
        if (cpu.getValue() != null) {
            new ProcessorChoice(cpu.getValue()).applyTo(machine, diagnostics);
        }
        if (boot.expectsPc() || mode != IrqchipMode.NONE) {
            machine.pc();
        } else {
            machine.peripheral(Peripherals.powerSwitch());
        }
        applyToFork(machine, diagnostics);
    }

    /**
     * Describes what a snapshot does not know of its machine.
     *
     * @param machine gets the description
     * @param diagnostics gets what the guest says about itself
     */
    void applyToFork(MachineBuilder machine, OutputStream diagnostics) {
        if (pinning.getValue() != null) {
            machine.pin(pinning.<CpuList>getValue().toArray());
        }
        TimeLimit limit = timeLimit();
        limit.duration().ifPresent(machine::timeLimit);
        for (ExtraDevice device : devices.<List<ExtraDevice>>getValue()) {
            limit.heed(
                    () -> {
                        device.addTo(machine, memorySize(), diagnostics);
                        return null;
                    });
        }
    }

    /** The options that say what a snapshot knows of its machine. */
    List<OptionSpec> knownToSnapshots() {
        return List.of(memory, processors, cpu, irqchip);
    }

    /** The KVM that runs the machine. */
    Path kvmDevice() {
        return kvmDevice.getValue();
    }
}
