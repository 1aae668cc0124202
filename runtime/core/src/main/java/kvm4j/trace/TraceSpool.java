package kvm4j.trace;

import kvm4j.linux.Errno;
import kvm4j.linux.FileDescriptor;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.locks.LockSupport;

/**
 * Takes the pages of a trace out of the kernel's buffers while it runs, and keeps them in files
 * that nobody else sees: to read them is left for later, so that as little as can be is done
 * meanwhile.
 */
final class TraceSpool implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(TraceSpool.class);

    /** How long the buffers are left alone after they were empty, in nanoseconds. */
    private static final long PAUSE = 5_000_000;

    private final TraceInstance instance;
    private final PageLayout layout;
    private final long limit;
    private final List<CpuPages> cpus = new ArrayList<>();
    private final Arena arena = Arena.ofShared();
    private final MemorySegment page;
    private final Thread thread;
    private volatile boolean stopped;
    private long kept;
    private boolean full;

    /** One processor's pages: where they come from, and where they are kept. */
    private record CpuPages(int cpu, FileDescriptor source, FileChannel pages) {}

    /**
     * Starts to take pages.
     *
     * @param instance whose
     * @param layout how pages are laid out
     * @param limit how many bytes to keep at most; then the trace ends
     * @throws TraceUnavailableException if the buffers cannot be opened
     */
    TraceSpool(TraceInstance instance, PageLayout layout, long limit)
            throws TraceUnavailableException {
        this(instance, layout, limit, Thread.ofPlatform().name("kvm4j-trace").daemon().factory());
    }

    TraceSpool(TraceInstance instance, PageLayout layout, long limit, ThreadFactory threads)
            throws TraceUnavailableException {
        this.instance = instance;
        this.layout = layout;
        this.limit = limit;
        try {
            this.page = arena.allocate(layout.pageSize(), Long.BYTES);
            for (TraceInstance.CpuBuffer buffer : instance.buffers()) {
                cpus.add(open(buffer));
            }
            this.thread = threads.newThread(this::run);
            thread.start();
        } catch (RuntimeException | IOException e) {
            closeAll();
            throw new TraceUnavailableException(
                    "the trace cannot be read", String.valueOf(e.getMessage()));
        } catch (Error noThread) {
            closeAll();
            throw noThread;
        }
    }

    private static CpuPages open(TraceInstance.CpuBuffer buffer) throws IOException {
        // its name is gone as soon as it is open: a process that is killed leaves no file behind
        Path file = Files.createTempFile("kvm4j-trace-", ".raw");
        FileChannel pages = openUnseen(file);
        try {
            return new CpuPages(
                    buffer.cpu(), FileDescriptor.openWithoutWaiting(buffer.pages()), pages);
        } catch (Throwable e) {
            pages.close();
            throw e;
        }
    }

    private static FileChannel openUnseen(Path file) throws IOException {
        try {
            return FileChannel.open(
                    file,
                    StandardOpenOption.READ,
                    StandardOpenOption.WRITE,
                    StandardOpenOption.DELETE_ON_CLOSE);
        } catch (Throwable e) {
            Files.deleteIfExists(file);
            throw e;
        }
    }

    private void run() {
        try {
            while (true) {
                boolean ending = stopped;
                if (!takeAll()) {
                    if (ending) {
                        return;
                    }
                    LockSupport.parkNanos(PAUSE);
                }
            }
        } catch (IOException | RuntimeException e) {
            instance.stop();
            full = true;
            LOG.warn("the trace ends here: {}", e.getMessage());
        }
    }

    /** Takes a page of each processor. Answers whether there was any. */
    private boolean takeAll() throws IOException {
        boolean any = false;
        for (CpuPages cpu : cpus) {
            any |= take(cpu);
        }
        return any;
    }

    private boolean take(CpuPages cpu) throws IOException {
        if (full) {
            return false;
        }
        long count = cpu.source.tryRead(page);
        if (count <= 0) {
            if (count < 0 && -count != Errno.EAGAIN.number() && -count != Errno.EINTR.number()) {
                throw new IOException("read(" + cpu.source + "): " + new Errno((int) -count));
            }
            return false;
        }
        // each page is kept at its full size, so that the next begins where it should
        ByteBuffer whole = page.asByteBuffer();
        while (whole.hasRemaining()) {
            cpu.pages.write(whole);
        }
        kept += layout.pageSize();
        if (kept >= limit) {
            full = true;
            instance.stop();
        }
        return true;
    }

    /**
     * Ends the trace, and takes what is left.
     *
     * @return what each processor recorded, to be read until this is closed
     */
    List<CpuTrace> finish() throws IOException {
        end();
        List<CpuTrace> traces = new ArrayList<>();
        for (CpuPages cpu : cpus) {
            MemorySegment pages =
                    cpu.pages.map(FileChannel.MapMode.READ_ONLY, 0, cpu.pages.size(), arena);
            traces.add(new CpuTrace(cpu.cpu, pages, layout));
        }
        return traces;
    }

    /** Whether the trace ended before it was told to, for want of room. */
    boolean isFull() {
        return full;
    }

    private void end() {
        instance.stop();
        stopped = true;
        LockSupport.unpark(thread);
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Gives back the files, and what {@link #finish} answered. Does nothing the second time. */
    @Override
    public void close() {
        end();
        closeAll();
    }

    private void closeAll() {
        for (CpuPages cpu : cpus) {
            cpu.source.close();
            try {
                cpu.pages.close();
            } catch (IOException e) {
                LOG.debug("closing", e);
            }
        }
        cpus.clear();
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
