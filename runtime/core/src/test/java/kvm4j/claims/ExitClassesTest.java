package kvm4j.claims;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import kvm4j.guests.Guest;
import kvm4j.kvm.Capability;
import kvm4j.kvm.ExitReason;
import kvm4j.kvm.NeedsKvm;
import kvm4j.kvm.Statistic;
import kvm4j.kvm.Statistics;
import kvm4j.machine.IrqchipMode;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/**
 * Claim: privileged instructions, port I/O, changes of control registers, accesses to memory that
 * is not there, and external interrupts leave the guest, each once for each time, with the
 * hardware's own reason. Shown by guests that know how often they do so, held against what the
 * kernel's tracepoints, the kernel's statistics and an observer of the machine count.
 */
@NeedsKvm
class ExitClassesTest {

    private static final Duration LIMIT = Duration.ofSeconds(60);

    /** How often a guest does what it is for. */
    private static final long COUNT = 250;

    private static final Path HUGE_PAGES =
            Path.of("/sys/kernel/mm/transparent_hugepage/shmem_enabled");

    /** More than it has, with its page tables. */
    private static final long PAGES_OF_THE_IMAGE = 32;

    private static final long INTERRUPTS = 5;

    private VendorModule module;

    @BeforeEach
    void needsHardware() {
        module = VendorModule.ofThisHost();
    }

    private static ObservedLife lifeOf(Guest guest, long... parameters) {
        return ObservedLife.of(guest, IrqchipMode.NONE, LIMIT, parameters);
    }

    /** The last write to a port is the one that ends the machine. */
    @ParameterizedTest
    @CsvSource({
        "PIO, PORT, 251",
        "PIO_IN, PORT, 251",
        "CPUID, CPUID, 250",
        "CPUID, PORT, 1",
        "MSR, MSR_READ, 250",
        "HYPERCALL, HYPERCALL, 250",
        "CR_WRITE, CONTROL_REGISTER_4, 250",
        "HELLO_PROTECTED, CONTROL_REGISTER_0, 1",
        "HALT, HALT, 1",
        "TRIPLE_FAULT, SHUTDOWN, 1",
    })
    void theProcessorCountsAsTheGuestDoes(Guest guest, ExitCause cause, long expected) {
        ObservedLife life = lifeOf(guest, COUNT);
        assertEquals(expected, cause.in(life.exits(), module), life::toString);
        assertAccountedFor(life);
    }

    private void assertAccountedFor(ObservedLife life) {
        assertEquals(life.entries(), life.allExits(), "every entry ends in one exit");
        assertEquals(life.entries(), life.statistic("exits"), life::toString);
        assertEquals(ExitCause.PORT.in(life.exits(), module), life.statistic("io_exits"));
        assertEquals(ExitCause.HALT.in(life.exits(), module), life.statistic("halt_exits"));
        assertEquals(ExitCause.INTERRUPT.in(life.exits(), module), life.statistic("irq_exits"));
        assertTrue(life.allForwarded() <= life.allExits(), life::toString);
    }

    @ParameterizedTest
    @CsvSource({
        "PIO, IO, 251",
        "PIO_IN, IO, 251",
        "PIO_STRING, IO, 251",
        "MMIO, MMIO, 250",
        "MMIO_READ, MMIO, 250"
    })
    void weAreHandedAsManyAsTheGuestMakes(Guest guest, ExitReason reason, long expected) {
        ObservedLife life = lifeOf(guest, COUNT, 1);
        assertEquals(expected, life.observed().get(reason), life::toString);
        assertEquals(expected, life.forwarded().get(reason.name()), life::toString);
        assertAccountedFor(life);
    }

    @ParameterizedTest
    @CsvSource({"MMIO", "MMIO_READ"})
    void eachAccessToADeviceIsAFault(Guest guest) {
        ObservedLife life = lifeOf(guest, COUNT);
        long marked = ExitCause.DEVICE_PAGE.in(life.exits(), module);
        assertTrue(marked >= COUNT - 1, life::toString);
        assertTrue(ExitCause.PAGE.in(life.exits(), module) >= 1, life::toString);
        assertEquals(COUNT, life.statistic("mmio_exits"), life::toString);
    }

    @Test
    void eachPageIsMappedWhenItIsFirstTouched() throws IOException {
        KernelTrace.assumeAvailable();
        assumeFalse(
                Files.exists(HUGE_PAGES) && Files.readString(HUGE_PAGES).contains("[always]"),
                "this host maps memory files 2 MiB at a time (transparent_hugepage)");
        long pages = 400;
        try (DrivenGuest guest = DrivenGuest.of(Guest.TOUCH, 1, pages);
                KernelTrace trace = KernelTrace.ofGuests()) {
            ExitReason reason;
            do {
                reason = guest.vcpu(0).run();
            } while (reason == ExitReason.INTR);
            assertEquals(ExitReason.IO, reason);
            long faults = ExitCause.PAGE.in(trace.exits(), module);
            assertTrue(
                    pages <= faults && faults < pages + PAGES_OF_THE_IMAGE,
                    () -> faults + " faults");
        }
    }

    @Test
    void interruptsOfTheHostLeaveAGuestThatHasItsOwnOff() throws InterruptedException {
        KernelTrace.assumeAvailable();
        try (DrivenGuest guest = DrivenGuest.of(Guest.SPIN, 1);
                KernelTrace trace = KernelTrace.ofGuests()) {
            assumeTrue(
                    guest.vm().check(Capability.BINARY_STATS_FD) > 0,
                    "host lacks KVM_CAP_BINARY_STATS_FD");
            try (Statistics statistics = guest.vcpu(0).statistics()) {
                Statistic interrupts = statistics.find("irq_exits").orElseThrow();
                try (GuestThread thread = GuestThread.start(guest.vcpu(0))) {
                    while (statistics.read(interrupts).getFirst() < INTERRUPTS) {
                        assertTrue(thread.isRunning());
                        Thread.sleep(1);
                    }
                }
                long counted = statistics.read(interrupts).getFirst();
                assertEquals(ExitCause.INTERRUPT.in(trace.exits(), module), counted);
            }
            assertEquals(Map.of(), trace.forwardedExits(), "they are no exits of the guest's");
        }
    }
}
