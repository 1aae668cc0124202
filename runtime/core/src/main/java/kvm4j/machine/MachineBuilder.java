package kvm4j.machine;

import kvm4j.boot.BootImage;
import kvm4j.device.BusDevice;
import kvm4j.device.DebugExit;
import kvm4j.device.InterruptLine;
import kvm4j.device.MmioBus;
import kvm4j.device.PortBus;
import kvm4j.device.Serial16550;
import kvm4j.kvm.Kvm;
import kvm4j.kvm.Vcpu;
import kvm4j.kvm.Vm;
import kvm4j.memory.GuestMemory;

import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * Describes a {@link Machine}, then builds it.
 *
 * <p>Unless told otherwise a machine has 64 MiB of memory, a 16550A serial port at 0x3f8 that sends
 * nowhere, a debug-exit port at 0xf4, no interrupt controller, and no time limit.
 */
public final class MachineBuilder {

    /** The memory of a machine that was not told how much to have: 64 MiB. */
    public static final long DEFAULT_MEMORY = 64L << 20;

    /** Where the serial port is: COM1. */
    public static final int SERIAL_PORT = 0x3f8;

    /** Where the guest writes its exit code. */
    public static final int EXIT_PORT = 0xf4;

    /**
     * Where Intel processors without unrestricted guest keep a task state for real mode: three
     * pages below the firmware, in the hole.
     */
    private static final long TASK_STATE = 0xfffb_d000L;

    private static final ExitObserver NOBODY = (vcpu, reason) -> {};

    private record Ports(int first, int count, BusDevice device) {}

    private record Range(long address, long size, BusDevice device) {}

    private Path device = Kvm.DEVICE;
    private long memorySize = DEFAULT_MEMORY;
    private BootImage image;
    private InputStream input = InputStream.nullInputStream();
    private OutputStream output = OutputStream.nullOutputStream();
    private Duration timeLimit;
    private Consumer<GuestMemory> preparation = memory -> {};
    private ExitObserver observer = NOBODY;
    private final List<Ports> ports = new ArrayList<>();
    private final List<Range> ranges = new ArrayList<>();

    MachineBuilder() {}

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
        image = Objects.requireNonNull(bootImage);
        return this;
    }

    /**
     * Where the guest's serial output goes.
     *
     * @param serialOutput gets each byte as the guest sends it; better buffered, as it is flushed
     *     whenever somebody may wait for it
     * @return this builder
     */
    public MachineBuilder console(OutputStream serialOutput) {
        output = Objects.requireNonNull(serialOutput);
        return this;
    }

    /**
     * Where the guest's serial output goes, and where its input comes from. A thread of the machine
     * reads the input ahead, and may still wait in a read when the machine is closed: what it takes
     * then is lost.
     *
     * @param serialInput read until its end
     * @param serialOutput gets each byte as the guest sends it
     * @return this builder
     */
    public MachineBuilder console(InputStream serialInput, OutputStream serialOutput) {
        input = Objects.requireNonNull(serialInput);
        return console(serialOutput);
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
        timeLimit = limit;
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
     * Who sees each exit before it is handled. Several see it in the order in which they were
     * given.
     *
     * @param exitObserver called on the vCPUs' threads
     * @return this builder
     */
    public MachineBuilder observer(ExitObserver exitObserver) {
        ExitObserver before = observer;
        observer =
                before == NOBODY
                        ? Objects.requireNonNull(exitObserver)
                        : (vcpu, reason) -> {
                            before.exited(vcpu, reason);
                            exitObserver.exited(vcpu, reason);
                        };
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
        ports.add(new Ports(first, count, device));
        return this;
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
        ranges.add(new Range(address, size, device));
        return this;
    }

    /**
     * Opens KVM, maps the memory, loads the image and creates the vCPU.
     *
     * @return a machine that waits to be started
     * @throws IllegalStateException if there is no image
     * @throws IllegalArgumentException if the memory's size or a device's place cannot be
     * @throws kvm4j.boot.ImageException if the image does not fit into the memory
     * @throws kvm4j.kvm.KvmUnavailableException if the host has no KVM for us
     * @throws kvm4j.linux.LinuxException if the kernel refuses anything else
     */
    public Machine build() {
        if (image == null) {
            throw new IllegalStateException("a machine needs an image");
        }
        GuestMemory.Builder layout = GuestMemory.builder().ram(memorySize);
        image.reserve(layout);
        GuestMemory memory = layout.build();
        try {
            var entry = image.load(memory);
            preparation.accept(memory);
            try (Kvm kvm = Kvm.open(device)) {
                Vm vm = kvm.createVm();
                try {
                    vm.setTaskStateAddress(TASK_STATE);
                    vm.map(memory);
                    Vcpu vcpu = vm.createVcpu(0);
                    vcpu.setCpuId(kvm.supportedCpuId());
                    entry.applyTo(vcpu);
                    return assemble(vm, memory, vcpu);
                } catch (RuntimeException e) {
                    vm.close();
                    throw e;
                }
            }
        } catch (RuntimeException e) {
            memory.close();
            throw e;
        }
    }

    private Machine assemble(Vm vm, GuestMemory memory, Vcpu vcpu) {
        CompletableFuture<Outcome> ending = new CompletableFuture<>();
        PortBus portBus = new PortBus();
        MmioBus mmioBus = new MmioBus();
        Serial16550 serial = new Serial16550(output, InterruptLine.UNCONNECTED);
        portBus.attach(SERIAL_PORT, Serial16550.PORTS, serial);
        portBus.attach(
                EXIT_PORT, 1, new DebugExit(code -> ending.complete(new Outcome.Exited(code))));
        ports.forEach(p -> portBus.attach(p.first, p.count, p.device));
        ranges.forEach(r -> mmioBus.attach(r.address, r.size, r.device));
        ExitLoop loop = new ExitLoop(vcpu, memory, portBus, mmioBus, observer);
        List<VcpuThread> threads = List.of(new VcpuThread(vcpu, loop, ending::complete));
        ConsoleInput console = new ConsoleInput(input, serial);
        return new Machine(vm, memory, threads, console, output, timeLimit, ending);
    }
}
