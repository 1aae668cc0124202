package kvm4j.claims;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.guests.Guest;
import kvm4j.kvm.ExitReason;
import kvm4j.kvm.NeedsKvm;
import kvm4j.machine.IrqchipMode;
import kvm4j.machine.Outcome;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.time.Duration;
import java.util.Map;

/**
 * Claim: the kernel handles some exits by itself, and hands accesses to devices that are not its
 * own to user space. Shown by guests that make the same exit with a device in the kernel and with
 * one that is ours: the hardware's exits are as many, those that reach us are all, or the guest's
 * end alone.
 */
@NeedsKvm
class ForwardedExitsTest {

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final long COUNT = 250;

    /** The guest's last write, which ends the machine. */
    private static final long END = 1;

    @ParameterizedTest
    @CsvSource({
        "PIO, NONE, 0x3ff, PORT, 250",
        "PIO_IN, NONE, 0x3ff, PORT, 250",
        "PIO, KERNEL, 0x3ff, PORT, 250",
        // the second byte of the master PIC, and the PIT's second channel, with and without these
        "PIO_IN, NONE, 0x21, PORT, 250",
        "PIO_IN, KERNEL, 0x21, PORT, 0",
        "PIO_IN, SPLIT, 0x21, PORT, 250",
        "PIO_IN, NONE, 0x42, PORT, 250",
        "PIO_IN, KERNEL, 0x42, PORT, 0",
    })
    void aPortIsTheKernelsOrOurs(
            Guest guest, IrqchipMode irqchip, String port, ExitCause cause, long forwarded) {
        VendorModule module = VendorModule.ofThisHost();
        ObservedLife life = ObservedLife.of(guest, irqchip, LIMIT, COUNT, 1, Long.decode(port));
        assertEquals(new Outcome.Exited(0), life.outcome());
        assertEquals(COUNT + END, cause.in(life.exits(), module), life::toString);
        assertEquals(forwarded + END, life.allForwarded(), life::toString);
    }

    @ParameterizedTest
    @CsvSource({
        "CPUID, CPUID",
        "MSR, MSR_READ",
        "MSR_WRITE, MSR_WRITE",
        "HYPERCALL, HYPERCALL",
        "CR_WRITE, CONTROL_REGISTER_4"
    })
    void whatNeedsNoDeviceStaysInTheKernel(Guest guest, ExitCause cause) {
        VendorModule module = VendorModule.ofThisHost();
        long[] parameters = guest.defaults().stream().mapToLong(Long::longValue).toArray();
        parameters[0] = COUNT;
        ObservedLife life = ObservedLife.of(guest, IrqchipMode.NONE, LIMIT, parameters);
        assertEquals(new Outcome.Exited(0), life.outcome());
        assertTrue(cause.in(life.exits(), module) >= COUNT, life::toString);
        assertEquals(Map.of(ExitReason.IO, END), life.observed(), life::toString);
        assertEquals(END, life.allForwarded());
    }

    /** Memory that is there is mapped by the kernel; an access where none is comes to us. */
    @ParameterizedTest
    @CsvSource({"TOUCH, 0", "MMIO, 250", "MMIO_READ, 250"})
    void aPageFaultIsTheKernelsOrOurs(Guest guest, long forwarded) {
        VendorModule module = VendorModule.ofThisHost();
        ObservedLife life = ObservedLife.of(guest, IrqchipMode.NONE, LIMIT, COUNT);
        assertEquals(new Outcome.Exited(0), life.outcome());
        assertTrue(ExitCause.PAGE.in(life.exits(), module) >= 1, life::toString);
        assertEquals(forwarded + END, life.allForwarded(), life::toString);
    }

    /** With the local APIC in the kernel a HLT sleeps there until the APIC's timer ticks. */
    @ParameterizedTest
    @CsvSource({"TICK, KERNEL, 20", "TICK, SPLIT, 20"})
    void aHaltWithAnIrqchipSleepsInTheKernel(Guest guest, IrqchipMode irqchip, long count) {
        VendorModule module = VendorModule.ofThisHost();
        ObservedLife life = ObservedLife.of(guest, irqchip, LIMIT, count);
        assertEquals(new Outcome.Exited(0), life.outcome());
        assertTrue(ExitCause.HALT.in(life.exits(), module) >= 1, life::toString);
        assertEquals(null, life.observed().get(ExitReason.HLT), life::toString);
        life.allForwarded();
    }
}
