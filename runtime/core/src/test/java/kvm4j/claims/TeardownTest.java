package kvm4j.claims;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import kvm4j.boot.ImageFormat;
import kvm4j.guests.Guest;
import kvm4j.kvm.NeedsKvm;
import kvm4j.linux.NativeThread;
import kvm4j.machine.IrqchipMode;
import kvm4j.machine.Machine;
import kvm4j.memory.GuestRegion;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;

/**
 * Claim: when a machine is closed, nothing of it is left: no descriptor of KVM, no mapping of a
 * vCPU's page or of guest memory, no thread, no VM in the kernel's own list. Shown by what {@code
 * /proc}, {@code /sys/module} and debugfs say before, while and after there are machines whose
 * guests run.
 */
@NeedsKvm
class TeardownTest {

    private static final int COUNT = 3;

    /** No size that anybody else maps at once. */
    private static final long MEMORY = 93L << 20;

    /** Where the kernel has a folder for each VM, named by process and descriptor. */
    private static final Path VMS = Path.of("/sys/kernel/debug/kvm");

    private static final Path SELF = Path.of("/proc/self");

    /** What this process has of KVM by now. */
    private record Held(List<String> descriptors, long mappings, long vcpuThreads) {

        static Held now() throws IOException {
            return new Held(descriptorsNow(), mappingsNow(), vcpuThreadsNow());
        }

        /** What an earlier test left to the cleaner may have gone meanwhile. */
        void assertNoMoreThan(Held before) {
            assertTrue(
                    descriptors.size() <= before.descriptors.size()
                            && mappings <= before.mappings
                            && vcpuThreads <= before.vcpuThreads,
                    () -> before + " became " + this);
        }

        private static List<String> descriptorsNow() throws IOException {
            List<String> targets = new ArrayList<>();
            for (Path descriptor : entries(SELF.resolve("fd"))) {
                try {
                    String target = Files.readSymbolicLink(descriptor).toString();
                    if (target.contains("kvm") || target.contains("eventfd")) {
                        targets.add(target);
                    }
                } catch (NoSuchFileException closedMeanwhile) {
                    continue;
                }
            }
            Collections.sort(targets);
            return targets;
        }

        private static long mappingsNow() throws IOException {
            try (Stream<String> mappings = Files.lines(SELF.resolve("maps"))) {
                return mappings.filter(mapping -> mapping.contains("kvm-vcpu")).count();
            }
        }

        private static long vcpuThreadsNow() throws IOException {
            long count = 0;
            for (Path task : entries(SELF.resolve("task"))) {
                try {
                    if (Files.readString(task.resolve("comm")).startsWith("kvm4j-vcpu")) {
                        count++;
                    }
                } catch (NoSuchFileException endedMeanwhile) {
                    continue;
                }
            }
            return count;
        }
    }

    private static List<Path> entries(Path folder) throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.toList();
        }
    }

    /** Machines whose guests run, to be closed together. */
    private record Machines(List<Machine> machines) implements AutoCloseable {

        static Machines start(IrqchipMode irqchip) {
            Machines started = new Machines(new ArrayList<>());
            try {
                for (int i = 0; i < COUNT; i++) {
                    started.machines.add(spinning(irqchip));
                    started.machines.getLast().start();
                }
            } catch (Throwable failure) {
                started.close();
                throw failure;
            }
            return started;
        }

        private static Machine spinning(IrqchipMode irqchip) {
            byte[] image = Guest.SPIN.image();
            return Machine.builder()
                    .memory(MEMORY)
                    .image(ImageFormat.of(image).read(image))
                    .irqchip(irqchip)
                    .processors(irqchip == IrqchipMode.NONE ? 1 : 2)
                    .build();
        }

        List<MemorySegment> memory() {
            return machines.stream()
                    .flatMap(machine -> machine.memory().regions().stream())
                    .map(GuestRegion::segment)
                    .toList();
        }

        @Override
        public void close() {
            machines.forEach(Machine::close);
        }
    }

    /** How many of these places are mapped from end to end. */
    private static long mapped(List<MemorySegment> places) throws IOException {
        try (Stream<String> maps = Files.lines(SELF.resolve("maps"))) {
            List<Range> ranges = maps.map(Range::of).toList();
            return places.stream()
                    .filter(place -> ranges.stream().anyMatch(range -> range.holds(place)))
                    .count();
        }
    }

    /** Addresses that are mapped alike: a line of {@code /proc/self/maps}. */
    private record Range(long start, long end) {

        static Range of(String line) {
            String[] bounds = line.split("[- ]");
            return new Range(
                    Long.parseUnsignedLong(bounds[0], 16), Long.parseUnsignedLong(bounds[1], 16));
        }

        boolean holds(MemorySegment place) {
            return start <= place.address() && place.address() + place.byteSize() <= end;
        }
    }

    @ParameterizedTest
    @EnumSource
    void thisProcessHoldsWhatItHeldBefore(IrqchipMode irqchip) throws Exception {
        Machines.start(irqchip).close(); // what is made once for all machines
        Held before = Held.now();
        List<MemorySegment> memory;
        try (Machines machines = Machines.start(irqchip)) {
            memory = machines.memory();
            Held meanwhile = Held.now();
            assertTrue(meanwhile.descriptors.size() >= before.descriptors.size() + 2 * COUNT);
            assertTrue(meanwhile.mappings >= before.mappings + COUNT, meanwhile::toString);
            assertTrue(meanwhile.vcpuThreads >= COUNT, meanwhile::toString);
            assertEquals(COUNT, mapped(memory));
        }
        while (Held.vcpuThreadsNow() > before.vcpuThreads) {
            Thread.sleep(1); // a thread that has ended is in /proc for a moment more
        }
        Held.now().assertNoMoreThan(before);
        assertEquals(0, mapped(memory));
    }

    @Test
    void theKernelsModuleIsUnused() {
        VendorModule module = VendorModule.ofThisHost();
        module.assumeUnused();
        try (Machines _ = Machines.start(IrqchipMode.KERNEL)) {
            assertTrue(module.uses() >= COUNT);
        }
        assertEquals(0, module.uses());
    }

    @Test
    void theKernelListsNoVmOfOurs() throws IOException {
        assumeTrue(Files.isReadable(VMS), "this user cannot see debugfs");
        List<Path> before = vmsOfThisThread();
        try (Machines _ = Machines.start(IrqchipMode.NONE)) {
            assertEquals(before.size() + COUNT, vmsOfThisThread().size());
        }
        assertEquals(before, vmsOfThisThread());
    }

    /** The kernel names each by the thread that created it, and the descriptor. */
    private static List<Path> vmsOfThisThread() throws IOException {
        String own = NativeThread.current().id() + "-";
        return entries(VMS).stream()
                .filter(vm -> vm.getFileName().toString().startsWith(own))
                .sorted()
                .toList();
    }
}
