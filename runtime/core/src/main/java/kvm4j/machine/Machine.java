package kvm4j.machine;

import kvm4j.device.PcDevices;
import kvm4j.kvm.Vm;
import kvm4j.memory.GuestMemory;

import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * A machine: memory, vCPUs on their threads, devices, an image to start from, and in the end an
 * {@link Outcome}.
 *
 * {@snippet :
 * try (Machine machine = Machine.builder()
 *         .memory(16L << 20)
 *         .image(ImageFormat.read(bytes))
 *         .console(System.out)
 *         .timeLimit(Duration.ofSeconds(10))
 *         .build()) {
 *     Outcome outcome = machine.run();
 * }
 * }
 *
 * <p>A machine runs once. Any thread may pause, resume, stop or close it; whatever ends it first
 * decides its outcome.
 */
public final class Machine implements AutoCloseable {

    private final Vm vm;
    private final MachineBoard board;
    private final Optional<PcDevices> pc;
    private final List<VcpuThread> threads;
    private final ConsoleInput consoleInput;
    private final OutputStream consoleOutput;
    private final Duration timeLimit;
    private final CompletableFuture<Outcome> ending;
    private boolean started;
    private boolean closed;

    Machine(
            Vm vm,
            MachineBoard board,
            Optional<PcDevices> pc,
            List<VcpuThread> threads,
            ConsoleInput consoleInput,
            OutputStream consoleOutput,
            Duration timeLimit,
            CompletableFuture<Outcome> ending) {
        this.vm = vm;
        this.board = board;
        this.pc = pc;
        this.threads = threads;
        this.consoleInput = consoleInput;
        this.consoleOutput = consoleOutput;
        this.timeLimit = timeLimit;
        this.ending = ending;
        ending.thenRun(() -> threads.forEach(VcpuThread::stop));
    }

    /**
     * Starts the description of a machine.
     *
     * @return a builder, which needs at least an image
     */
    public static MachineBuilder builder() {
        return new MachineBuilder();
    }

    /**
     * The guest's memory, to look at and to change, also while the guest runs.
     *
     * @return the memory, owned by the machine
     */
    public GuestMemory memory() {
        return board.memory();
    }

    /**
     * Starts the machine and waits for its end.
     *
     * @return how it ended
     * @throws IllegalStateException if it has been started before, or is closed
     */
    public Outcome run() {
        start();
        return await();
    }

    /**
     * Starts the vCPUs, and the clock of the time limit. A machine that was stopped before has its
     * outcome already, and does not run.
     *
     * @throws IllegalStateException if the machine has been started before, or is closed
     */
    public synchronized void start() {
        if (started) {
            throw new IllegalStateException("a machine runs once");
        }
        if (closed) {
            throw new IllegalStateException("the machine is closed");
        }
        started = true;
        if (ending.isDone()) {
            return;
        }
        if (timeLimit != null) {
            ending.completeOnTimeout(
                    new Outcome.TimeLimitReached(timeLimit),
                    timeLimit.toNanos(),
                    TimeUnit.NANOSECONDS);
        }
        consoleInput.start();
        threads.forEach(VcpuThread::start);
    }

    /**
     * Waits for the machine's end.
     *
     * @return how it ended; every vCPU has left the guest by then, and all that it sent is written
     */
    public Outcome await() {
        Outcome outcome = ending.join();
        threads.forEach(VcpuThread::awaitOutside);
        try {
            board.deliverCoalescedWrites();
            consoleOutput.flush();
            return outcome;
        } catch (IOException e) {
            return new Outcome.HostError(0, e);
        }
    }

    /**
     * Takes all vCPUs out of the guest, and returns when they are. Does nothing to a machine that
     * is paused, or has ended.
     */
    public void pause() {
        threads.forEach(VcpuThread::pause);
        threads.forEach(VcpuThread::awaitOutside);
    }

    /** Lets all vCPUs go on after a pause. */
    public void resume() {
        threads.forEach(VcpuThread::proceed);
    }

    /**
     * Asks the guest to shut down: presses the ACPI power button, which a guest may heed or not.
     *
     * @throws IllegalStateException if the machine is not a {@link MachineBuilder#pc()}, which has
     *     the button
     */
    public void pressPowerButton() {
        pc.orElseThrow(() -> new IllegalStateException("the machine has no power button"))
                .pressPowerButton();
    }

    /**
     * Ends the machine with {@link Outcome.Stopped}, unless it has ended already. Returns at once;
     * the thread that waits for the outcome returns when the vCPUs have left the guest. May be
     * called from anywhere, an {@link ExitObserver} too.
     */
    public void stop() {
        ending.complete(new Outcome.Stopped());
    }

    /**
     * Stops the machine if it still runs, waits for its vCPUs, and gives back everything it holds.
     * Does nothing the second time.
     *
     * @throws IllegalStateException if called on a vCPU's thread, which cannot wait for itself
     */
    @Override
    public void close() {
        if (threads.stream().anyMatch(VcpuThread::isCurrent)) {
            throw new IllegalStateException("a vCPU's thread can stop its machine, not close it");
        }
        stop();
        consoleInput.stop();
        synchronized (this) {
            closed = true;
            threads.forEach(VcpuThread::join);
            vm.close();
            board.closeEvents();
            board.memory().close();
        }
    }
}
