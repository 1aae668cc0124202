package kvm4j.machine;

import kvm4j.boot.BootImage;
import kvm4j.boot.FirmwareKernel;
import kvm4j.device.BusDevice;
import kvm4j.kvm.Kvm;
import kvm4j.kvm.Vcpu;
import kvm4j.kvm.Vm;
import kvm4j.memory.GuestMemory;
import kvm4j.pc.AcpiTables;
import kvm4j.pc.MpTable;
import kvm4j.x86.CpuId;

import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/**
 * Describes a {@link Machine}, then builds it.
 *
 * <p>Unless told otherwise a machine has 64 MiB of memory, a 16550A serial port at 0x3f8 that sends
 * nowhere, a debug-exit port at 0xf4, one processor, no interrupt controller, and no time limit.
 */
public final class MachineBuilder {

    /** The memory of a machine that was not told how much to have: 64 MiB. */
    public static final long DEFAULT_MEMORY = 64L << 20;

    private Path device = Kvm.DEVICE;
    private long memorySize = DEFAULT_MEMORY;
    private Optional<BootImage> image = Optional.empty();
    private Consumer<GuestMemory> preparation = memory -> {};
    private Optional<Beginning.Forked> snapshot = Optional.empty();
    private Optional<InputStream> input = Optional.empty();
    private Optional<OutputStream> output = Optional.empty();
    private String outputName = "serial output";
    private Optional<Duration> timeLimit = Optional.empty();
    private Duration outputPatience = Duration.ofMillis(Ending.OUTPUT_MILLISECONDS);
    private Optional<ExitObserver> observer = Optional.empty();
    private final List<Supplier<? extends MachineObserver>> machineObservers = new ArrayList<>();
    private final List<ExitHandler> handlers = new ArrayList<>();
    private final List<Consumer<? super Vm>> vmSteps = new ArrayList<>();
    private final List<Consumer<? super Vcpu>> vcpuSteps = new ArrayList<>();
    private final List<UnaryOperator<CpuId>> cpuIdSteps = new ArrayList<>();
    private int processors = 1;
    private List<Integer> pinning = List.of();
    private IrqchipMode irqchip = IrqchipMode.NONE;
    private Optional<PcPlatform> pc = Optional.empty();
    private Peripheral exitDevice = Peripherals.debugExit();
    private final List<Peripheral> peripherals = new ArrayList<>();

    MachineBuilder() {}

    /**
     * The builder of a machine of a kind that goes on from a snapshot, with nobody who looks on.
     */
    MachineBuilder(MachineKind kind, Beginning.Forked snapshot) {
        this.snapshot = Optional.of(snapshot);
        this.device = kind.device();
        this.memorySize = kind.memorySize();
        this.handlers.addAll(kind.handlers());
        this.vmSteps.addAll(kind.tuning().vmSteps());
        this.vcpuSteps.addAll(kind.tuning().vcpuSteps());
        this.cpuIdSteps.addAll(kind.tuning().cpuIdSteps());
        this.processors = kind.processors();
        this.pinning = kind.placement().hostCpus();
        this.irqchip = kind.irqchip();
        this.pc = kind.equipment().pc();
        this.exitDevice = kind.equipment().exitDevice();
        this.peripherals.addAll(kind.equipment().peripherals());
    }

    /**
     * Which KVM runs the machine, where it is not {@link Kvm#DEVICE}.
     *
     * @param node its device node
     * @return this builder
     */
    public MachineBuilder kvm(Path node) {
        device = Objects.requireNonNull(node);
        return this;
    }

    /**
     * How much memory the guest has, from address 0 on, with the hole below 4 GiB left free.
     *
     * @param bytes a multiple of 4096
     * @return this builder
     */
    public MachineBuilder memory(long bytes) {
        memorySize = bytes;
        return this;
    }

    /**
     * What the machine boots.
     *
     * @param bootImage the image
     * @return this builder
     */
    public MachineBuilder image(BootImage bootImage) {
        image = Optional.of(bootImage);
        snapshot = Optional.empty();
        return this;
    }

    /**
     * Where the guest's serial output goes. A thread of the machine writes it there within some 10
     * ms, or at once where the guest may wait for an answer; if it takes long, the guest waits, and
     * nothing else does.
     *
     * @param serialOutput gets what the guest sends; not closed by the machine
     * @return this builder
     */
    public MachineBuilder console(OutputStream serialOutput) {
        output = Optional.of(serialOutput);
        return this;
    }

    /**
     * Where the guest's serial output goes, and where its input comes from. A thread of the machine
     * reads the input ahead, and may still wait in a read when the machine is closed: what it takes
     * then is lost.
     *
     * @param serialInput read until its end
     * @param serialOutput gets what the guest sends, as with {@link #console(OutputStream)}
     * @return this builder
     */
    public MachineBuilder console(InputStream serialInput, OutputStream serialOutput) {
        input = Optional.of(serialInput);
        return console(serialOutput);
    }

    /**
     * What messages call the guest's serial output.
     *
     * @param name such as {@code standard output}; without a call {@code serial output}
     * @return this builder
     */
    public MachineBuilder consoleName(String name) {
        outputName = Objects.requireNonNull(name);
        return this;
    }

    /**
     * How long a machine that its guest has ended waits for what the guest printed to be written.
     * What is not is lost, and the outcome a {@link Outcome.HostError} that says so. After {@link
     * Machine#stop()}, {@link Machine#close()} and the end of the {@linkplain #timeLimit(Duration)
     * time limit} no machine waits for more than a second, however it has ended.
     *
     * @param patience without a call 1,000 ms
     * @return this builder
     * @throws IllegalArgumentException if that is negative
     */
    public MachineBuilder outputPatience(Duration patience) {
        if (patience.isNegative()) {
            throw new IllegalArgumentException("patience is not negative: " + patience);
        }
        outputPatience = patience;
        return this;
    }

    /**
     * How long the machine may run.
     *
     * @param limit more than zero; it ends with {@link Outcome.TimeLimitReached} then
     * @return this builder
     * @throws IllegalArgumentException if the limit is not positive
     */
    public MachineBuilder timeLimit(Duration limit) {
        if (!limit.isPositive()) {
            throw new IllegalArgumentException("a time limit must be positive: " + limit);
        }
        timeLimit = Optional.of(limit);
        return this;
    }

    /**
     * What to do with the memory when the image is in it, before the guest starts: to pass it
     * parameters, say. Several are done in the order in which they were given.
     *
     * @param step gets the memory
     * @return this builder
     */
    public MachineBuilder prepare(Consumer<GuestMemory> step) {
        preparation = preparation.andThen(step);
        return this;
    }

    /**
     * Who sees each exit. Several see it in the order in which they were given.
     *
     * @param exitObserver called on the vCPUs' threads
     * @return this builder
     */
    public MachineBuilder observer(ExitObserver exitObserver) {
        Objects.requireNonNull(exitObserver);
        observer =
                observer.<ExitObserver>map(before -> new ExitObservers(before, exitObserver))
                        .or(() -> Optional.of(exitObserver));
        return this;
    }

    /**
     * Who sees what happens to each machine that is built. Several see it in the order in which
     * they were given.
     *
     * @param maker asked for an observer whenever a machine is built, on the thread that builds it
     * @return this builder
     */
    public MachineBuilder machineObserver(Supplier<? extends MachineObserver> maker) {
        machineObservers.add(Objects.requireNonNull(maker));
        return this;
    }

    /**
     * Who handles exits that the machine has no part for. Several are asked in the order in which
     * they were given, until one takes the exit.
     *
     * @param handler called on the vCPUs' threads
     * @return this builder
     */
    public MachineBuilder exitHandler(ExitHandler handler) {
        handlers.add(Objects.requireNonNull(handler));
        return this;
    }

    /**
     * What is to be set on the virtual machine before anything is in it: capabilities, an MSR
     * filter, which MSRs exit. Several are done in the order in which they were given.
     *
     * @param step gets the virtual machine, without memory, interrupt controllers or vCPUs; it must
     *     not close it
     * @return this builder
     */
    public MachineBuilder configureVm(Consumer<? super Vm> step) {
        vmSteps.add(Objects.requireNonNull(step));
        return this;
    }

    /**
     * What CPUID answers on each processor, where that is not all that KVM offers. Several are done
     * in the order in which they were given.
     *
     * @param step gets what the processor would answer, which has all that KVM supports and says
     *     its place among the others, and gives what it is to answer
     * @return this builder
     */
    public MachineBuilder cpuId(UnaryOperator<CpuId> step) {
        cpuIdSteps.add(Objects.requireNonNull(step));
        return this;
    }

    /**
     * What is to be set on each vCPU before the guest starts: other CPUID leaves, registers, MSRs,
     * breakpoints. Several are done in the order in which they were given.
     *
     * @param step gets the vCPU, which has its CPUID and the state in which it starts; it must not
     *     close it
     * @return this builder
     */
    public MachineBuilder configureVcpu(Consumer<? super Vcpu> step) {
        vcpuSteps.add(Objects.requireNonNull(step));
        return this;
    }

    /**
     * How many processors the machine has. The first starts in the image; the others wait until it
     * starts them with INIT and SIPI (Intel SDM volume 3, section 10.4).
     *
     * @param count 1 to {@value kvm4j.pc.Platform#MAXIMUM_PROCESSORS}; more than one needs an
     *     {@link #irqchip}
     * @return this builder
     */
    public MachineBuilder processors(int count) {
        processors = count;
        return this;
    }

    /**
     * Binds each vCPU's thread to a CPU of the host, in turn: vCPU <i>n</i> runs on the CPU at <i>n
     * mod length</i> alone.
     *
     * @param hostCpus CPUs that this process may use; none for no binding
     * @return this builder
     */
    public MachineBuilder pin(int... hostCpus) {
        pinning = IntStream.of(hostCpus).boxed().toList();
        return this;
    }

    /**
     * Where the interrupt controllers are, and with that, what HLT means. Without a call there are
     * none.
     *
     * @param mode where
     * @return this builder
     */
    public MachineBuilder irqchip(IrqchipMode mode) {
        irqchip = Objects.requireNonNull(mode);
        return this;
    }

    /**
     * Gives the machine what kernels and firmware take for granted on a PC: {@link
     * kvm4j.pc.PcDevices}, and where there is at least 1 MiB of memory the {@link AcpiTables} and
     * the {@link MpTable} that describe them.
     *
     * @return this builder
     */
    public MachineBuilder pc() {
        pc = pc.or(() -> Optional.of(new PcPlatform(Optional.empty())));
        return this;
    }

    /**
     * Hands the firmware a kernel to start, through fw_cfg; the machine is a {@link #pc()} then.
     *
     * @param kernel the kernel
     * @return this builder
     */
    public MachineBuilder firmwareKernel(FirmwareKernel kernel) {
        pc = Optional.of(new PcPlatform(Optional.of(kernel)));
        return this;
    }

    /**
     * Plugs in a part that finds its own place.
     *
     * @param part attached when the machine is built, after the machine's own and in the order in
     *     which parts were given
     * @return this builder
     */
    public MachineBuilder peripheral(Peripheral part) {
        peripherals.add(Objects.requireNonNull(part));
        return this;
    }

    /**
     * What the guest ends the machine with, in place of {@link Peripherals#debugExit()}.
     *
     * @param part such as {@link Peripherals#isaDebugExit()}
     * @return this builder
     */
    public MachineBuilder exitDevice(Peripheral part) {
        exitDevice = Objects.requireNonNull(part);
        return this;
    }

    /**
     * Adds a device on ports.
     *
     * @param first its first port
     * @param count how many ports it has
     * @param device the device
     * @return this builder
     */
    public MachineBuilder ports(int first, int count, BusDevice device) {
        return peripheral(board -> board.ports().attach(first, count, device));
    }

    /**
     * Adds a device in guest-physical memory, where no memory is.
     *
     * @param address the guest-physical address of its first byte
     * @param size how many bytes it has
     * @param device the device
     * @return this builder
     */
    public MachineBuilder mmio(long address, long size, BusDevice device) {
        return peripheral(board -> board.mmio().attach(address, size, device));
    }

    /**
     * Opens KVM, maps the memory, loads the image and creates the vCPUs.
     *
     * @return a machine that waits to be started
     * @throws IllegalStateException if there is no image
     * @throws IllegalArgumentException if the memory's size, the number of processors, a CPU to pin
     *     to or a device's place cannot be
     * @throws kvm4j.boot.ImageException if the image does not fit into the memory
     * @throws kvm4j.kvm.KvmUnavailableException if the host has no KVM for us
     * @throws kvm4j.linux.LinuxException if the kernel refuses anything else
     */
    public Machine build() {
        return new MachineAssembly(kind(), beginning(), surroundings()).machine();
    }

    private MachineKind kind() {
        return new MachineKind(
                device,
                memorySize,
                new Placement(processors, pinning),
                irqchip,
                new Equipment(exitDevice, pc, peripherals),
                handlers,
                new Tuning(vmSteps, vcpuSteps, cpuIdSteps));
    }

    private Beginning beginning() {
        return snapshot.<Beginning>map(forked -> forked)
                .or(() -> image.map(boots -> new Beginning.Booted(boots, preparation)))
                .orElseThrow(() -> new IllegalStateException("a machine needs an image"));
    }

    private Surroundings surroundings() {
        return new Surroundings(
                input, output, outputName, outputPatience, timeLimit, observer, machineObservers);
    }
}
