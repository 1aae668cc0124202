package kvm4j.claims;

import kvm4j.kvm.ExitReason;
import kvm4j.kvm.KvmRun;
import kvm4j.kvm.Vcpu;
import kvm4j.linux.CpuSet;
import kvm4j.linux.NativeThread;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;

/**
 * An ordinary thread that runs a vCPU of a {@link DrivenGuest} until the guest writes its exit code
 * or somebody ends it. To the guest, ports take what is written, and where there is no memory it
 * reads {@link #NOTHING}.
 */
final class GuestThread implements AutoCloseable {

    /** What is read where there is no memory: all bits set. */
    static final long NOTHING = -1;

    private static final int EXIT_PORT = 0xf4;

    private final Vcpu vcpu;
    private final CompletableFuture<NativeThread> started = new CompletableFuture<>();
    private final CompletableFuture<Integer> exitCode = new CompletableFuture<>();
    private final CountDownLatch closed = new CountDownLatch(1);
    private final AtomicLong mmioReads = new AtomicLong();
    private final AtomicLong mmioWrites = new AtomicLong();
    private final Thread thread;
    private volatile boolean ended;

    private GuestThread(Vcpu vcpu, CpuSet cpus) {
        this.vcpu = vcpu;
        thread = Thread.ofPlatform().name("claim-vcpu-" + vcpu.id()).start(() -> live(cpus));
    }

    /** Starts a thread that runs on these CPUs of the host. */
    static GuestThread start(Vcpu vcpu, CpuSet cpus) {
        return new GuestThread(vcpu, cpus);
    }

    /** Starts a thread that runs wherever this one may. */
    static GuestThread start(Vcpu vcpu) {
        return start(vcpu, NativeThread.current().cpus());
    }

    private void live(CpuSet cpus) {
        try {
            NativeThread.current().bindTo(cpus);
            started.complete(NativeThread.current());
            exitCode.complete(runToExitCode());
            closed.await(); // as long as the thread is there, the kernel tells of it
        } catch (Throwable failure) {
            started.completeExceptionally(failure);
            exitCode.completeExceptionally(failure);
        }
    }

    private int runToExitCode() {
        KvmRun exit = vcpu.exit();
        while (!ended) {
            ExitReason reason = vcpu.run();
            switch (reason) {
                case IO -> {
                    if (exit.ioIsOut() && exit.ioPort() == EXIT_PORT) {
                        return (int) exit.ioValue(0);
                    }
                }
                case MMIO -> {
                    if (exit.mmioIsWrite()) {
                        mmioWrites.incrementAndGet();
                    } else {
                        exit.setMmioValue(NOTHING);
                        mmioReads.incrementAndGet();
                    }
                }
                case INTR -> {}
                default -> throw new IllegalStateException("unexpected exit " + reason);
            }
        }
        throw new IllegalStateException("ended before the guest was through");
    }

    /** Waits for the guest's exit code. */
    int await() {
        return exitCode.join();
    }

    /** Whether the guest still runs; throws what ended it otherwise than by its exit code. */
    boolean isRunning() {
        if (exitCode.isCompletedExceptionally()) {
            exitCode.join();
        }
        return !exitCode.isDone();
    }

    /** How often the guest has read where there is no memory. */
    long mmioReads() {
        return mmioReads.get();
    }

    /** How often the guest has written where there is no memory, or none that it may write. */
    long mmioWrites() {
        return mmioWrites.get();
    }

    /** How often the scheduler took the CPU from the thread, which wanted to go on. */
    long preemptions() {
        Path status = Path.of("/proc/self/task/" + started.join().id() + "/status");
        try (var lines = Files.lines(status)) {
            return lines.filter(line -> line.startsWith("nonvoluntary_ctxt_switches:"))
                    .mapToLong(line -> Long.parseLong(line.split("\\s+")[1]))
                    .findFirst()
                    .orElseThrow();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Takes the vCPU out of the guest for good, and waits for the thread. */
    @Override
    public void close() {
        ended = true;
        closed.countDown();
        vcpu.exit().requestImmediateExit();
        while (thread.isAlive()) {
            vcpu.interrupt();
            try {
                thread.join(1);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
        vcpu.exit().clearImmediateExit();
    }
}
