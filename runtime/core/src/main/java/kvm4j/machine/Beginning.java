package kvm4j.machine;

import kvm4j.boot.BootImage;
import kvm4j.boot.EntryState;
import kvm4j.device.GuestTime;
import kvm4j.kvm.Vm;
import kvm4j.memory.GuestMemory;
import kvm4j.snapshot.MachineState.Region;

/** What a machine begins with. */
sealed interface Beginning {

    /** Where memory is, and what is in it. */
    GuestMemory map(long size);

    /** Gives the memory, which may be filled by now, to the virtual machine. */
    void mapInto(Vm vm, MachineMemory contents);

    /**
     * An image, which the first processor enters.
     *
     * @param image the image
     */
    record Booted(BootImage image) implements Beginning {

        @Override
        public GuestMemory map(long size) {
            GuestMemory.Builder layout = GuestMemory.builder().ram(size);
            image.reserve(layout);
            return layout.build();
        }

        @Override
        public void mapInto(Vm vm, MachineMemory contents) {
            contents.mapInto(vm);
        }

        EntryState load(GuestMemory memory) {
            return image.load(memory);
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

        /** A fork is likely to be restored. */
        @Override
        public void mapInto(Vm vm, MachineMemory contents) {
            contents.mapFollowedInto(vm);
        }
    }
}
