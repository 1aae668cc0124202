package kvm4j.machine;

import kvm4j.kvm.Vm;
import kvm4j.kvm.memory.DirtyLog;
import kvm4j.kvm.memory.MemorySlot;
import kvm4j.linux.LinuxException;
import kvm4j.memory.GuestMemory;
import kvm4j.memory.GuestRegion;
import kvm4j.memory.HostWriteLog;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A machine's memory as snapshots see it: the layer that it was at last, and the pages that guest
 * and host changed since, once somebody {@linkplain #follow asked} for that. For one thread at a
 * time, while the guest is held.
 */
final class MachineMemory implements AutoCloseable {

    private static final int PAGE = (int) GuestMemory.PAGE_SIZE;

    private final GuestMemory memory;
    private final List<GuestRegion> regions;
    private final long[] firstPages;
    private Vm vm;
    private List<MemorySlot> slots = List.of();
    private List<DirtyLog> guestWrites = List.of();
    private Optional<HostWriteLog> hostWrites = Optional.empty();
    private SnapshotLayer layer = SnapshotLayer.first();

    /**
     * Memory of which nothing is known yet.
     *
     * @param memory the memory
     */
    MachineMemory(GuestMemory memory) {
        this.memory = memory;
        this.regions = memory.regions();
        this.firstPages = new long[regions.size()];
        long page = 0;
        for (int i = 0; i < firstPages.length; i++) {
            firstPages[i] = page;
            page += regions.get(i).size() / PAGE;
        }
    }

    /**
     * Gives the memory to a virtual machine, before anything else.
     *
     * @return where it has the regions, in their order
     */
    List<MemorySlot> mapInto(Vm machine) {
        vm = machine;
        slots = machine.map(memory);
        return slots;
    }

    /** Gives the memory to a virtual machine, to {@linkplain #follow} from the first on. */
    void mapFollowedInto(Vm machine) {
        if (machine.hasDirtyRings()) {
            mapInto(machine);
        } else {
            vm = machine;
            guestWrites = machine.mapLogged(memory);
        }
    }

    /**
     * The memory is what a layer is: from now on what changes is noted. Where the kernel keeps no
     * log, or keeps one for somebody else, nothing is, and every restoration compares all pages.
     */
    void follow(SnapshotLayer now) {
        if (hostWrites.isEmpty() && (!guestWrites.isEmpty() || logGuestWrites())) {
            hostWrites = Optional.of(memory.logHostWrites());
        }
        layer = now;
    }

    private boolean logGuestWrites() {
        List<DirtyLog> logs = new ArrayList<>();
        try {
            for (int i = 0; i < regions.size(); i++) {
                if (regions.get(i).access() == GuestRegion.Access.READ_WRITE) {
                    DirtyLog log = slots.get(i).logDirtyPages();
                    logs.add(log);
                    log.fetch();
                }
            }
        } catch (LinuxException | IllegalStateException taken) {
            logs.forEach(DirtyLog::close);
            return false;
        }
        guestWrites = logs;
        return true;
    }

    /**
     * The layer that the memory is at now: what the logs had is in it, and not in them any more.
     */
    SnapshotLayer current() {
        layer = hostWrites.isEmpty() ? SnapshotLayer.first() : layer.next(changes());
        return layer;
    }

    private PageSet changes() {
        PageSet pages = new PageSet();
        int next = 0;
        for (int i = 0; i < regions.size(); i++) {
            if (regions.get(i).access() == GuestRegion.Access.READ_WRITE) {
                DirtyLog log = guestWrites.get(next++);
                long first = firstPages[i];
                log.fetch();
                log.forEachDirtyPage(page -> pages.add(first + page));
            }
        }
        hostWrites.ifPresent(log -> log.collect(gpa -> pages.add(pageAt(gpa))));
        return pages;
    }

    private long pageAt(long gpa) {
        for (int i = 0; i < regions.size(); i++) {
            GuestRegion region = regions.get(i);
            if (gpa >= region.address() && gpa < region.end()) {
                return firstPages[i] + (gpa - region.address()) / PAGE;
            }
        }
        throw new IllegalArgumentException("no memory at GPA 0x%x".formatted(gpa));
    }

    /**
     * Makes the memory what it was.
     *
     * @param contents what it was, region behind region
     * @param target the layer of that
     */
    void restore(MemorySegment contents, SnapshotLayer target) {
        Optional<PageSet> pages = current().differenceTo(target);
        layer = SnapshotLayer.first(); // until all is copied
        if (pages.isPresent()) {
            copy(contents, pages.get());
        } else {
            copyDifferent(contents);
        }
        vm.forgetTranslations();
        follow(target);
    }

    private void copy(MemorySegment contents, PageSet pages) {
        int region = 0;
        for (int page = pages.bits().nextSetBit(0);
                page >= 0;
                page = pages.bits().nextSetBit(page + 1)) {
            while (region + 1 < firstPages.length && page >= firstPages[region + 1]) {
                region++;
            }
            MemorySegment.copy(
                    contents,
                    (long) page * PAGE,
                    regions.get(region).segment(),
                    (page - firstPages[region]) * PAGE,
                    PAGE);
        }
    }

    private void copyDifferent(MemorySegment contents) {
        for (int i = 0; i < firstPages.length; i++) {
            MemorySegment present = regions.get(i).segment();
            long start = firstPages[i] * PAGE;
            for (long at = 0; at < present.byteSize(); at += PAGE) {
                if (MemorySegment.mismatch(
                                contents, start + at, start + at + PAGE, present, at, at + PAGE)
                        >= 0) {
                    MemorySegment.copy(contents, start + at, present, at, PAGE);
                }
            }
        }
    }

    /**
     * Ends the logs; to be called after the virtual machine is closed, which needs them no more.
     */
    @Override
    public void close() {
        guestWrites.forEach(DirtyLog::close);
        hostWrites.ifPresent(HostWriteLog::close);
    }
}
