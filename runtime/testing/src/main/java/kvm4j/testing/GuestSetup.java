package kvm4j.testing;

import kvm4j.boot.ImageException;
import kvm4j.boot.ImageFormat;
import kvm4j.guests.Guest;
import kvm4j.machine.IrqchipMode;
import kvm4j.machine.Machine;
import kvm4j.machine.MachineBuilder;
import kvm4j.machine.Peripherals;
import kvm4j.pc.Platform;
import kvm4j.testing.cpu.QemuCpu;
import kvm4j.testing.verdict.VerdictFormat;
import kvm4j.testing.verdict.VerdictReader;

import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Describes a guest under test, then starts it.
 *
 * {@snippet :
 * try (FinishedGuest guest = GuestSetup.of("hello").timeout(Duration.ofSeconds(5)).run()) {
 *     String greeting = guest.console();
 * }
 * }
 *
 * <p>Unless told otherwise a guest has 64 MiB of memory, one processor, 10 seconds of time, a PC's
 * devices and interrupt controllers if its format is one of kernels that expect them, and ends with
 * exit code 0. Not for several threads at once.
 */
public final class GuestSetup {

    /** How long a guest may run that was not told: 10 s. */
    public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(10);

    private final String name;
    private final Optional<Guest> catalogued;
    private final byte[] image;
    private Path device = HostKvm.device();
    private Optional<ImageFormat> format = Optional.empty();
    private long memory = MachineBuilder.DEFAULT_MEMORY;
    private int cpus = 1;
    private Optional<QemuCpu> cpu = Optional.empty();
    private Optional<IrqchipMode> irqchip = Optional.empty();
    private Duration timeout = DEFAULT_TIMEOUT;
    private Supplier<String> append = () -> "";
    private final Map<String, Long> parameters = new LinkedHashMap<>();
    private boolean testDevice;
    private GuestEnd end = new GuestEnd(GuestEnd.ExitDevice.PLAIN, 0, false);
    private VerdictFormat verdicts = VerdictFormat.ANY;
    private Set<Channel> channels = EnumSet.of(Channel.COM1);
    private Consumer<MachineBuilder> customization = machine -> {};
    private Consumer<RunningGuest> startWatcher = guest -> {};
    private Runnable admission = () -> {};

    private GuestSetup(String name, Optional<Guest> catalogued, byte[] image) {
        this.name = name;
        this.catalogued = catalogued;
        this.image = image;
        catalogued.ifPresent(
                guest -> {
                    for (int i = 0; i < guest.parameters().size(); i++) {
                        parameters.put(guest.parameters().get(i), guest.defaults().get(i));
                    }
                });
    }

    /**
     * A guest of the catalogue or, where none has the name, an image in a file.
     *
     * @param name the guest's name, or the file's path
     * @return the description
     * @throws UncheckedIOException if there is neither, or the file cannot be read
     */
    public static GuestSetup of(String name) {
        return Guest.find(name).map(GuestSetup::of).orElseGet(() -> of(Path.of(name)));
    }

    /**
     * A guest of the catalogue.
     *
     * @param guest the guest
     * @return the description
     */
    public static GuestSetup of(Guest guest) {
        return new GuestSetup(guest.guestName(), Optional.of(guest), guest.image());
    }

    /**
     * An image in a file.
     *
     * @param file the image
     * @return the description
     * @throws UncheckedIOException if it is not there, no regular file, empty, larger than 1 GiB,
     *     or cannot be read
     */
    public static GuestSetup of(Path file) {
        return of(file.toString(), GuestImages.read(file));
    }

    /**
     * An image in memory.
     *
     * @param name what reports call it
     * @param image the image's bytes
     * @return the description
     */
    public static GuestSetup of(String name, byte[] image) {
        return new GuestSetup(name, Optional.empty(), image.clone());
    }

    /** {@return what reports call the guest} */
    public String name() {
        return name;
    }

    /**
     * The KVM that runs the guest.
     *
     * @param newDevice the device; {@link HostKvm#device()} without a call
     * @return this
     */
    public GuestSetup kvm(Path newDevice) {
        device = Objects.requireNonNull(newDevice);
        return this;
    }

    /**
     * What the image is, if not what it looks like.
     *
     * @param newFormat the format
     * @return this
     */
    public GuestSetup format(ImageFormat newFormat) {
        format = Optional.of(newFormat);
        return this;
    }

    /**
     * How much memory the guest has.
     *
     * @param bytes a multiple of 4096
     * @return this
     */
    public GuestSetup memory(long bytes) {
        memory = bytes;
        return this;
    }

    /**
     * How many processors the guest has.
     *
     * @param count one at least
     * @return this
     * @throws IllegalArgumentException if no guest has as many
     */
    public GuestSetup cpus(int count) {
        if (count < 1 || count > Platform.MAXIMUM_PROCESSORS) {
            throw new IllegalArgumentException(
                    "a guest has 1 to %d processors, not %d"
                            .formatted(Platform.MAXIMUM_PROCESSORS, count));
        }
        cpus = count;
        return this;
    }

    /**
     * What the guest's processors are, where they are not all that KVM offers.
     *
     * @param model in QEMU's words
     * @return this
     */
    public GuestSetup cpu(QemuCpu model) {
        cpu = Optional.of(model);
        return this;
    }

    /**
     * Where the interrupt controllers are.
     *
     * @param mode where
     * @return this
     */
    public GuestSetup irqchip(IrqchipMode mode) {
        irqchip = Optional.of(mode);
        return this;
    }

    /**
     * How long the guest may run.
     *
     * @param limit more than zero
     * @return this
     * @throws IllegalArgumentException if it is not
     */
    public GuestSetup timeout(Duration limit) {
        if (!limit.isPositive()) {
            throw new IllegalArgumentException("a time limit must be more than 0");
        }
        timeout = limit;
        return this;
    }

    /**
     * The kernel's command line.
     *
     * @param commandLine for kernels that take one
     * @return this
     */
    public GuestSetup append(String commandLine) {
        Objects.requireNonNull(commandLine);
        return append(() -> commandLine);
    }

    /**
     * The kernel's command line where the time of its start matters, which may be long after this
     * call.
     *
     * @param commandLine asked as the guest is started, and for the command that runs it by hand
     * @return this
     */
    public GuestSetup append(Supplier<String> commandLine) {
        append = Objects.requireNonNull(commandLine);
        return this;
    }

    /**
     * Sets a parameter of a guest of the catalogue.
     *
     * @param parameter its name
     * @param value its value
     * @return this
     * @throws IllegalArgumentException if the guest has no such parameter
     */
    public GuestSetup parameter(String parameter, long value) {
        if (!parameters.containsKey(parameter)) {
            throw new IllegalArgumentException(
                    name + " has no parameter '" + parameter + "', only " + parameters.keySet());
        }
        parameters.put(parameter, value);
        return this;
    }

    /**
     * The exit code with which the guest ends well.
     *
     * @param code as the exit device delivers it
     * @return this
     */
    public GuestSetup expectExit(int code) {
        end = new GuestEnd(end.device(), code, end.mayHalt());
        return this;
    }

    /**
     * Takes a halt for ever for an end as good as an exit code. By default it is a failure: kernels
     * halt when they panic.
     *
     * @return this
     */
    public GuestSetup mayHalt() {
        end = new GuestEnd(end.device(), end.code(), true);
        return this;
    }

    /**
     * Gives the guest QEMU's isa-debug-exit at port 0xf4, whose exit code is twice what the guest
     * writes, plus one. Unless told otherwise it ends well with 1, the 0 of kvm-unit-tests; with
     * 0x10 for success, as in many a kernel, that is {@code expectExit(33)}.
     *
     * @return this
     */
    public GuestSetup qemuExit() {
        end =
                new GuestEnd(
                        GuestEnd.ExitDevice.QEMU, end.code() == 0 ? 1 : end.code(), end.mayHalt());
        return this;
    }

    /**
     * Gives the guest what images of kvm-unit-tests need besides: {@link Peripherals#testDevice()}.
     *
     * @return this
     */
    public GuestSetup testDevice() {
        testDevice = true;
        return this;
    }

    /**
     * How the guest tells of its own tests.
     *
     * @param newFormat the format; {@link VerdictFormat#ANY} without a call
     * @return this
     */
    public GuestSetup verdicts(VerdictFormat newFormat) {
        verdicts = Objects.requireNonNull(newFormat);
        return this;
    }

    /**
     * Where the guest tells of its own tests.
     *
     * @param newChannels {@link Channel#COM1} alone without a call
     * @return this
     */
    public GuestSetup verdictsOn(Channel... newChannels) {
        channels = EnumSet.of(Channel.COM1);
        channels.addAll(Set.of(newChannels));
        return this;
    }

    /**
     * Has the last word on the machine: devices, observers, capabilities.
     *
     * @param step gets the builder, which has all else; several are done in their order
     * @return this
     */
    public GuestSetup customize(Consumer<MachineBuilder> step) {
        customization = customization.andThen(step);
        return this;
    }

    /**
     * What is done when the host has CPUs for the guest, before its machine is made: all that is
     * before was waiting for other guests under test.
     *
     * @param step done on the thread that starts the guest; several are done in their order
     * @return this
     */
    public GuestSetup whenAdmitted(Runnable step) {
        Runnable before = admission;
        admission =
                () -> {
                    before.run();
                    step.run();
                };
        return this;
    }

    /**
     * Who is told of each guest that is started from this description.
     *
     * @param watcher gets the guest when it runs
     * @return this
     */
    public GuestSetup whenStarted(Consumer<RunningGuest> watcher) {
        startWatcher = startWatcher.andThen(watcher);
        return this;
    }

    /**
     * Starts the guest, when the host has CPUs for it that no other guest under test uses.
     *
     * @return the guest, to be closed
     * @throws ImageException if the image is none
     * @throws kvm4j.kvm.KvmUnavailableException if the host has no KVM for us
     * @throws IllegalStateException if the thread is interrupted while it waits
     */
    public RunningGuest start() {
        HostCpus.Lease lease;
        try {
            lease = HostCpus.lease(cpus);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for a CPU", e);
        }
        RunningGuest guest;
        try {
            admission.run();
            guest = start(lease);
        } catch (Throwable e) {
            lease.close();
            throw e;
        }
        try {
            startWatcher.accept(guest);
            return guest;
        } catch (Throwable e) {
            guest.close();
            throw e;
        }
    }

    private RunningGuest start(HostCpus.Lease lease) {
        Map<Channel, ChannelOutput> outputs = new EnumMap<>(Channel.class);
        ExitLog exits = new ExitLog(cpus);
        TypedInput input = new TypedInput();
        GuestDescription described = description();
        MachineBuilder builder = GuestMachine.of(described).observer(exits);
        Set<String> missing = new LinkedHashSet<>();
        cpu.ifPresent(model -> model.applyTo(builder, missing::add));
        for (Channel channel : channels) {
            ChannelOutput output = new ChannelOutput(new Transcript(), new VerdictReader(verdicts));
            channel.connect(builder, output.stream());
            outputs.put(channel, output);
            if (channel == Channel.COM1) {
                builder.console(input, output.stream());
            }
        }
        customization.accept(builder);
        Machine machine = builder.build();
        try {
            RunningGuest guest =
                    new RunningGuest(
                            new GuestFacts(
                                    name,
                                    image,
                                    end,
                                    RepeatCommand.of(described).add(name).toString(),
                                    List.copyOf(missing)),
                            machine,
                            outputs,
                            exits,
                            input,
                            lease);
            machine.start();
            return guest;
        } catch (Throwable e) {
            machine.close();
            throw e;
        }
    }

    /**
     * Runs the guest to its end.
     *
     * @return the guest, to be closed
     * @throws ImageException as {@link #start()} throws it
     */
    public FinishedGuest run() {
        return start().finish();
    }

    /** {@return the command that runs the guest by hand, as a shell takes it} */
    public String repeatCommand() {
        return RepeatCommand.of(description()).add(name).toString();
    }

    /**
     * The command that runs the guest by hand with an input to fuzz it with.
     *
     * @param input the file that has it
     * @return the command, as a shell takes it
     */
    public String repeatCommand(Path input) {
        return RepeatCommand.of(description())
                .add("--device", "fuzz-input=" + input, name)
                .toString();
    }

    private GuestDescription description() {
        return new GuestDescription(
                name,
                catalogued,
                image,
                device,
                format,
                memory,
                cpus,
                cpu,
                irqchip,
                timeout,
                append.get(),
                parameters,
                testDevice,
                end,
                channels);
    }
}
