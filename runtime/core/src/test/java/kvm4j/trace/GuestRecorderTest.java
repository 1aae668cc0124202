package kvm4j.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import kvm4j.boot.ImageFormat;
import kvm4j.guests.Guest;
import kvm4j.kvm.Capability;
import kvm4j.kvm.ExitReason;
import kvm4j.kvm.HardwareVirtualization;
import kvm4j.kvm.NeedsKvm;
import kvm4j.kvm.Statistics;
import kvm4j.machine.Machine;
import kvm4j.machine.MachineBuilder;
import kvm4j.x86.HardwareExit;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;

/**
 * Guests as they are recorded. Where the kernel's tracing is there, the processor, the kernel and
 * user space have to agree; where it is not, the recorder says what is missing.
 */
@NeedsKvm
class GuestRecorderTest {

    private static final int ROUNDS = 200;

    /** One guest, recorded once: to switch tracing on and off takes an emulated host seconds. */
    private static Timeline tour;

    /** What KVM counted meanwhile, if it counts. */
    private static OptionalLong counted = OptionalLong.empty();

    @BeforeAll
    static void recordATour() {
        List<Statistics> statistics = new ArrayList<>();
        AtomicBoolean counts = new AtomicBoolean();
        MachineBuilder builder =
                machine(Guest.TOUR, ROUNDS)
                        .configureVm(vm -> counts.set(vm.check(Capability.BINARY_STATS_FD) != 0))
                        .configureVcpu(
                                vcpu -> {
                                    if (counts.get()) {
                                        statistics.add(vcpu.statistics());
                                    }
                                });
        tour = record(builder);
        for (Statistics vcpu : statistics) {
            try (vcpu) {
                counted = OptionalLong.of(vcpu.read(vcpu.find("exits").orElseThrow()).getFirst());
            }
        }
    }

    private static MachineBuilder machine(Guest guest, long count) {
        byte[] image = guest.image();
        return Machine.builder()
                .image(ImageFormat.of(image).read(image))
                .prepare(memory -> memory.putLong(Guest.PARAMETER_BLOCK, count))
                .timeLimit(Duration.ofSeconds(60));
    }

    private static Timeline record(MachineBuilder builder) {
        try (GuestRecorder recorder = GuestRecorder.start()) {
            recorder.observe(builder);
            try (Machine machine = builder.build()) {
                machine.run();
            }
            return recorder.finish();
        }
    }

    private static VcpuTimeline traced(Timeline timeline) {
        assumeTrue(timeline.notes().isEmpty(), () -> String.join("; ", timeline.notes()));
        assertEquals(List.of(), timeline.losses());
        return timeline.vcpus().getFirst();
    }

    private static Map<ExitReason, Integer> returns(VcpuTimeline life) {
        Map<ExitReason, Integer> returns = new TreeMap<>();
        for (int round = 0; round < life.rounds().count(); round++) {
            life.rounds()
                    .returned(round)
                    .ifPresent(reason -> returns.merge(reason, 1, Integer::sum));
        }
        return returns;
    }

    private static long exits(Rounds rounds, String... names) {
        Set<String> wanted = Set.of(names);
        long count = 0;
        for (int round = 0; round < rounds.count(); round++) {
            if (rounds.reason(round).map(HardwareExit::name).filter(wanted::contains).isPresent()) {
                count++;
            }
        }
        return count;
    }

    @Test
    void whatUserSpaceGotIsSeenOnAnyHost() {
        VcpuTimeline life = tour.vcpus().getFirst();
        assertEquals(4 * ROUNDS + 1, life.received());
        Map<ExitReason, Integer> returns = returns(life);
        assertEquals(2 * ROUNDS + 1, returns.get(ExitReason.IO));
        assertEquals(2 * ROUNDS, returns.get(ExitReason.MMIO));
    }

    @Test
    void theProcessorTheKernelAndWeCountAlike() {
        HardwareVirtualization.assume();
        VcpuTimeline life = traced(tour);
        Rounds rounds = life.rounds();
        assertEquals(2 * ROUNDS + 1, exits(rounds, "IO_INSTRUCTION", "VMEXIT_IOIO"));
        assertEquals(ROUNDS, exits(rounds, "CPUID", "VMEXIT_CPUID"));
        assertEquals(ROUNDS, exits(rounds, "MSR_READ", "VMEXIT_MSR"));
        assertEquals(ROUNDS, exits(rounds, "CR_ACCESS", "VMEXIT_CR4_WRITE"));
        long traced =
                rounds.reasons().stream().mapToLong(reason -> exits(rounds, reason.name())).sum();
        assumeTrue(counted.isPresent(), "this kernel has no KVM_GET_STATS_FD");
        assertEquals(counted.getAsLong(), traced);
    }

    @Test
    void theKernelAndWeCountAlike() {
        VcpuTimeline life = traced(tour);
        assertEquals(4 * ROUNDS + 1, life.forwarded());
        assertEquals(life.forwarded(), life.received());
    }

    /** All that is not bounded by two events that were seen is unknown. */
    @Test
    void theTimesInEachWorldAddUp() {
        WorldTimes times = traced(tour).times();
        assertTrue(Math.abs(times.unknown()) <= times.wall() / 100, times::toString);
        assertTrue(times.kernel() > 0 && times.user() > 0, times::toString);
    }

    @Test
    void theProcessorWasInNonRootOperation() {
        HardwareVirtualization.assume();
        WorldTimes times = traced(tour).times();
        assertTrue(times.nonRoot() > 0, times::toString);
    }

    @Test
    void roundsAreInOrder() {
        Rounds rounds = traced(tour).rounds();
        long last = 0;
        for (int round = 0; round < rounds.count(); round++) {
            for (long time :
                    new long[] {
                        rounds.entry(round),
                        rounds.exit(round),
                        rounds.handedOver(round),
                        rounds.calledAgain(round)
                    }) {
                if (time != Rounds.UNSEEN) {
                    assertTrue(time >= last, "round " + round);
                    last = time;
                }
            }
        }
    }

    @Test
    void nothingIsLeftInTheKernel() throws IOException {
        Path instances = Path.of("/sys/kernel/tracing/instances");
        assumeTrue(Files.isReadable(instances), "tracefs is not mounted, or not for this user");
        String ours = "kvm4j-%d-".formatted(ProcessHandle.current().pid());
        try (Stream<Path> left = Files.list(instances)) {
            assertEquals(
                    List.of(),
                    left.map(Path::getFileName)
                            .map(Path::toString)
                            .filter(name -> name.startsWith(ours))
                            .toList());
        }
    }

    @Test
    void aRecorderWithoutAMachineHasAnEmptyTimeline() {
        try (GuestRecorder recorder = GuestRecorder.start()) {
            Timeline timeline = recorder.finish();
            assertEquals(List.of(), timeline.vcpus());
            assertTrue(timeline.to() >= timeline.from());
        }
    }
}
