package kvm4j.machine;

import kvm4j.boot.BootImage;
import kvm4j.boot.EntryState;
import kvm4j.device.GuestTime;
import kvm4j.kvm.Vm;
import kvm4j.memory.GuestMemory;
import kvm4j.snapshot.MachineState.Region;

import java.util.Optional;
import java.util.function.Consumer;

/** What a machine begins with. */
sealed interface Beginning {

    /** Where memory is, and what stands behind it. */
    GuestMemory map(long size);

    /** Fills memory that has nothing in it; answers in which state that is entered, if in any. */
    Optional<EntryState> fill(GuestMemory memory, MachineKind kind);

    /** Gives the memory to the virtual machine. */
    void mapInto(Vm vm, MachineMemory contents);

    /** Does what takes a machine with all its parts. */
    void complete(Machine machine);

    /**
     * An image, which the first processor enters.
     *
     * @param image the image
     * @param preparation what is to be done with the memory when the image is in it
     */
    record Booted(BootImage image, Consumer<GuestMemory> preparation) implements Beginning {

        @Override
        public GuestMemory map(long size) {
            GuestMemory.Builder layout = GuestMemory.builder().ram(size);
            image.reserve(layout);
            return layout.build();
        }

        @Override
        public Optional<EntryState> fill(GuestMemory memory, MachineKind kind) {
            kind.equipment().describeIn(memory, kind.processors(), kind.irqchip());
            EntryState entry = image.load(memory);
            preparation.accept(memory);
            return Optional.of(entry);
        }

        @Override
        public void mapInto(Vm vm, MachineMemory contents) {
            contents.mapInto(vm);
        }

        @Override
        public void complete(Machine machine) {
            // it starts as it is
        }
    }

    /**
     * What another machine was.
     *
     * @param snapshot when
     * @param time what was the guest's time since then
     */
    record Forked(Snapshot snapshot, GuestTime time) implements Beginning {

        /** The memory's size is the snapshot's, whatever was said. */
        @Override
        public GuestMemory map(long size) {
            GuestMemory.Builder layout = GuestMemory.builder();
            for (Region region : snapshot.state().hardware().regions()) {
                if (region.writable()) {
                    layout.ram(region.gpa(), region.size());
                } else {
                    layout.rom(region.gpa(), region.size());
                }
            }
            return layout.backing(snapshot.backing()).build();
        }

        @Override
        public Optional<EntryState> fill(GuestMemory memory, MachineKind kind) {
            return Optional.empty();
        }

        /** A fork is likely to be restored. */
        @Override
        public void mapInto(Vm vm, MachineMemory contents) {
            contents.mapFollowedInto(vm);
        }

        @Override
        public void complete(Machine machine) {
            machine.continueFrom(this);
        }
    }
}
