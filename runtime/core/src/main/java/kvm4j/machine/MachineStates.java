package kvm4j.machine;

import kvm4j.device.GuestTime;
import kvm4j.kvm.msr.UnsupportedMsrException;
import kvm4j.linux.MemoryFile;
import kvm4j.memory.GuestMemory;
import kvm4j.snapshot.MachineState;
import kvm4j.snapshot.SnapshotException;

import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.time.Instant;
import java.util.BitSet;

/**
 * A machine's state as a whole, out of the machine and into it: memory, processors, interrupt
 * controllers and devices. Whoever asks for it has the vCPUs and the devices held.
 */
final class MachineStates {

    private final MachineKind kind;
    private final MachineBoard board;
    private final MachineMemory contents;
    private final ProcessorStates processorStates;

    /** What it has of that for all its life, once somebody asked. */
    private MachineState.Hardware hardware;

    /**
     * The states of a machine that has all its parts.
     *
     * @param kind what its forks have in common with it
     * @param board its board, with all that is plugged into it
     * @param contents its memory
     * @param processors its vCPUs
     */
    MachineStates(
            MachineKind kind, MachineBoard board, MachineMemory contents, Processors processors) {
        this.kind = kind;
        this.board = board;
        this.contents = contents;
        this.processorStates =
                new ProcessorStates(
                        board.vm(), processors.threads().stream().map(VcpuThread::vcpu).toList());
    }

    /** Takes a snapshot. From the first on it is noted which pages change. */
    Snapshot take() {
        board.suspension().requireAwake();
        board.deliverCoalescedWrites();
        MachineState state =
                new MachineState(
                        Instant.now(),
                        hardware(),
                        board.vm().saveState(),
                        processorStates.save(),
                        board.deviceStates().save());
        SnapshotLayer layer = contents.current();
        BitSet pages = new BitSet();
        MemoryFile file = board.memory().copyToFile("kvm4j-snapshot", at -> pages.set(pageAt(at)));
        try {
            file.seal();
            Snapshot snapshot = new Snapshot(kind, state, file.descriptor(), 0, pages, layer);
            contents.follow(layer);
            return snapshot;
        } catch (Throwable failure) {
            file.close();
            throw failure;
        }
    }

    private static int pageAt(long offset) {
        return Math.toIntExact(offset / GuestMemory.PAGE_SIZE);
    }

    private MachineState.Hardware hardware() {
        if (hardware == null) {
            hardware = kind.hardware(board.memory());
        }
        return hardware;
    }

    /**
     * Makes the machine what it was in a snapshot; ends it if that is done in part.
     *
     * @throws IllegalArgumentException if the snapshot is of a machine with other memory,
     *     processors or devices; the machine is unchanged
     */
    void takeBack(Snapshot snapshot, GuestTime time) {
        MachineState state = snapshot.state();
        if (!state.hardware().equals(hardware())) {
            throw new IllegalArgumentException(
                    "the snapshot is of a machine with other hardware: " + state.hardware());
        }
        requireFit(state);
        MemorySegment memory = snapshot.memory();
        try {
            board.deliverCoalescedWrites();
            contents.restore(memory, snapshot.layer());
            continueFrom(snapshot, time);
            board.suspension().forget();
        } catch (Throwable failure) {
            board.end(new Outcome.HostError("a snapshot that was restored in part", failure));
            throw failure;
        } finally {
            Reference.reachabilityFence(snapshot);
        }
    }

    private void requireFit(MachineState state) {
        processorStates.requireFit(state.vcpus());
        board.deviceStates().requireFit(state.devices());
    }

    /** Gives a machine that has not started yet, and has the memory, the rest of a state. */
    void continueFrom(Beginning.Forked forked) {
        Snapshot snapshot = forked.snapshot();
        requireFit(snapshot.state());
        continueFrom(snapshot, forked.time());
        contents.follow(snapshot.layer());
    }

    private void continueFrom(Snapshot snapshot, GuestTime time) {
        MachineState state = snapshot.state();
        try {
            processorStates.restore(state, snapshot.processors(), time);
            board.forgetLevels();
            board.deviceStates().restore(state.devices(), time);
        } catch (UnsupportedMsrException | IllegalArgumentException refused) {
            throw new SnapshotException(
                    "this host cannot go on from the snapshot: " + refused.getMessage(), refused);
        }
    }
}
