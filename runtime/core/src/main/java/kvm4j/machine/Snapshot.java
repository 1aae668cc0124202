package kvm4j.machine;

import kvm4j.device.GuestTime;
import kvm4j.kvm.Kvm;
import kvm4j.linux.FileDescriptor;
import kvm4j.linux.LinuxException;
import kvm4j.linux.Mapping;
import kvm4j.memory.Backing;
import kvm4j.snapshot.MachineState;
import kvm4j.snapshot.SnapshotFile;

import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.function.Consumer;

/**
 * A machine at one moment, whole: memory, processors, interrupt controllers, timers, devices. It
 * does not change; any number of machines go on from it, at once and one after the other, and
 * {@link Machine#restore} takes one back to it.
 *
 * {@snippet :
 * // the machine has come to the point of interest
 * try (Snapshot snapshot = machine.snapshot();
 *         Machine fork = snapshot.fork(builder -> builder.console(System.out))) {
 *     Outcome outcome = fork.run();
 * }
 * }
 *
 * <p>What is not in it: what the guest has sent and nobody has read yet, which is the machine's
 * still; what its {@link MachineBuilder#exitHandler handlers} remember; and what waits in events of
 * its peripherals. Those with threads of their own must keep them quiet while it is taken. A guest
 * is not told that it was forked: there is no VMGENID device, so that random numbers and unique
 * names that it made before are the same in all forks.
 *
 * <p>Any thread may use it. Machines that were made from it live on when it is closed, which has to
 * be done: one that is forgotten holds its memory until the collector finds it.
 */
public final class Snapshot implements AutoCloseable {

    private final MachineKind kind;
    private final MachineState state;
    private final PreparedProcessors processors;
    private final FileDescriptor file;
    private final long offset;
    private final BitSet pages;
    private final Contents contents;
    private final SnapshotLayer layer;
    private final Cleaner.Cleanable cleanable;

    /**
     * What it holds of the host: given back when it is closed, and else, with a warning, when the
     * collector finds that nobody can close it any more.
     */
    private static final class Contents implements Runnable {

        private final FileDescriptor file;
        private final Mapping mapping;
        private volatile boolean closed;

        Contents(FileDescriptor file, Mapping mapping) {
            this.file = file;
            this.mapping = mapping;
        }

        void close() {
            closed = true;
            mapping.close();
            file.close();
        }

        /** Nobody can reach the snapshot any more. */
        @Override
        public void run() {
            if (!closed) {
                LoggerFactory.getLogger(Snapshot.class)
                        .warn("a snapshot was never closed; what it holds is given back now");
                close();
            }
        }
    }

    /**
     * A snapshot that owns its file, unless this fails.
     *
     * @param kind what its forks have in common with the machine
     * @param state all but memory
     * @param file what was in memory, region behind region; does not change any more
     * @param offset where in the file that begins, in bytes
     * @param pages those that are not all zero
     * @param layer which contents those are
     */
    Snapshot(
            MachineKind kind,
            MachineState state,
            FileDescriptor file,
            long offset,
            BitSet pages,
            SnapshotLayer layer) {
        this.kind = kind;
        this.state = state;
        this.processors = PreparedProcessors.of(state.vcpus());
        this.file = file;
        this.offset = offset;
        this.pages = pages;
        this.layer = layer;
        Mapping mapping = Mapping.copyOnWrite(file, offset, state.hardware().memorySize());
        try {
            this.contents = new Contents(file, mapping);
            this.cleanable = Reclamation.of(this, contents);
        } catch (Throwable failure) {
            mapping.close();
            throw failure;
        }
    }

    /**
     * Reads a snapshot from a file that {@link #save} wrote, on this host or another, as far as a
     * machine needs it at once: its memory is mapped, and read when the guest comes to it. The file
     * must not change as long as the snapshot or a machine that came of it lives; a copy that
     * replaces it, as {@link #save} makes one, does not change it.
     *
     * <p>Machines that are forked from it have the processors, the interrupt controllers, the PC's
     * devices or {@link Peripherals#powerSwitch()}, and the exit port that it was taken with. Other
     * peripherals are to be given to their builder again, in the same places.
     *
     * @param path the file
     * @return the snapshot, to be closed by the caller
     * @throws IOException if the file cannot be read
     * @throws kvm4j.snapshot.SnapshotException if it is no snapshot, is cut off or damaged before
     *     its memory, which {@link SnapshotFile#verify} looks at, or if this host lacks something
     *     that the guest was promised
     * @throws kvm4j.kvm.KvmUnavailableException if the host has no KVM for us
     */
    public static Snapshot load(Path path) throws IOException {
        return load(path, Kvm.DEVICE);
    }

    /**
     * Reads a snapshot, as {@link #load(Path)} does.
     *
     * @param path the file
     * @param device the node of the KVM that is to run it
     * @return the snapshot, to be closed by the caller
     * @throws IOException as {@link #load(Path)} throws it
     * @throws kvm4j.snapshot.SnapshotException as {@link #load(Path)} throws it
     * @throws kvm4j.kvm.KvmUnavailableException if the host has no KVM for us
     */
    public static Snapshot load(Path path, Path device) throws IOException {
        FileDescriptor file = open(path);
        try {
            SnapshotFile content = read(path, file);
            MachineState state = content.state();
            try (Kvm kvm = Kvm.open(device)) {
                HostFit.require(kvm.supportedCpuId(), state);
            }
            return new Snapshot(
                    MachineKind.of(state, device),
                    state,
                    file,
                    content.memoryOffset(),
                    content.pages(),
                    SnapshotLayer.first());
        } catch (Throwable failure) {
            file.close();
            throw failure;
        }
    }

    private static FileDescriptor open(Path path) throws IOException {
        if (!Files.exists(path)) {
            throw new NoSuchFileException(path.toString());
        }
        try {
            return FileDescriptor.openWithoutWaiting(path);
        } catch (LinuxException refused) {
            throw new IOException(refused.getMessage(), refused);
        }
    }

    /** The state and the memory are of one file, whoever replaces it meanwhile. */
    private static SnapshotFile read(Path path, FileDescriptor file) throws IOException {
        try (FileChannel channel = file.reopen()) {
            return SnapshotFile.read(path, channel);
        }
    }

    /**
     * Writes the snapshot to a file, whose form {@link SnapshotFile} tells. Pages that are all zero
     * take no room in it.
     *
     * @param path where to; what is there is replaced once all is written, and on its disk
     * @throws IOException if it cannot be written
     * @throws kvm4j.snapshot.SnapshotException if a device of the user's has a state that no file
     *     can hold
     * @throws IllegalStateException if this is closed
     */
    public void save(Path path) throws IOException {
        try {
            SnapshotFile.write(path, state, memory(), pages);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * All that the machine was but for what was in its memory.
     *
     * @return the state
     */
    public MachineState state() {
        return state;
    }

    /**
     * What was in the machine's memory, region behind region as {@link
     * MachineState.Hardware#regions()} has them.
     *
     * @return memory that can only be read, and no longer when this is closed, or nobody can close
     *     it any more
     * @throws IllegalStateException if this is closed
     */
    public MemorySegment memory() {
        if (file.isClosed()) {
            throw new IllegalStateException("the snapshot is closed");
        }
        return contents.mapping.segment().asReadOnly();
    }

    /**
     * Another machine that goes on from here, once it is started. Its guest's time stood still
     * meanwhile; it is connected with no console.
     *
     * @return the machine, which shares all pages that neither it nor another writes
     * @throws IllegalStateException if this is closed
     * @throws kvm4j.snapshot.SnapshotException if this host's KVM does not take a part of the state
     * @throws kvm4j.kvm.KvmUnavailableException if the host has no KVM for us
     * @throws kvm4j.linux.LinuxException if the kernel refuses anything else
     */
    public Machine fork() {
        return fork(GuestTime.STOPPED, builder -> {});
    }

    /**
     * Another machine that goes on from here, with what is said of it. It has the processors, the
     * devices and the handlers of the machine that the snapshot is of, and no console, time limit
     * and observers but those that are given here.
     *
     * @param changes gets the builder of the machine
     * @return the machine
     * @throws IllegalArgumentException if the machine has other processors or devices than the one
     *     that the snapshot is of
     * @throws IllegalStateException if this is closed
     * @throws kvm4j.snapshot.SnapshotException if this host's KVM does not take a part of the state
     * @throws kvm4j.kvm.KvmUnavailableException if the host has no KVM for us
     * @throws kvm4j.linux.LinuxException if the kernel refuses anything else
     */
    public Machine fork(Consumer<? super MachineBuilder> changes) {
        return fork(GuestTime.STOPPED, changes);
    }

    /**
     * Another machine that goes on from here.
     *
     * @param time what was the guest's time since the snapshot: its time-stamp counters, its
     *     paravirtual clock, its timers and its real-time clock
     * @param changes gets the builder of the machine, as {@link #fork(Consumer)} says
     * @return the machine
     * @throws IllegalArgumentException as {@link #fork(Consumer)} throws it
     * @throws IllegalStateException if this is closed
     * @throws kvm4j.snapshot.SnapshotException if this host's KVM does not take a part of the state
     * @throws kvm4j.kvm.KvmUnavailableException if the host has no KVM for us
     * @throws kvm4j.linux.LinuxException if the kernel refuses anything else
     */
    public Machine fork(GuestTime time, Consumer<? super MachineBuilder> changes) {
        MachineBuilder builder = new MachineBuilder(kind, new Beginning.Forked(this, time));
        try {
            changes.accept(builder);
            return builder.build();
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /** What stands behind the memory of a fork. */
    Backing backing() {
        return new Backing.CopyOnWrite(file, offset);
    }

    /** The states of the processors. */
    PreparedProcessors processors() {
        return processors;
    }

    /** Which contents these are. */
    SnapshotLayer layer() {
        return layer;
    }

    /**
     * Gives the copy of the memory back, as far as no fork shares it. Does nothing the second time.
     */
    @Override
    public void close() {
        contents.close();
        cleanable.clean();
    }
}
