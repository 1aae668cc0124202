package kvm4j.junit;

import static kvm4j.junit.GuestAssertions.assertThat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.kvm.ExitReason;
import kvm4j.machine.IrqchipMode;
import kvm4j.machine.Outcome;
import kvm4j.testing.FinishedGuest;
import kvm4j.testing.GuestSetup;
import kvm4j.testing.RunningGuest;
import kvm4j.x86.Registers;

import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.opentest4j.AssertionFailedError;

import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/** The extension as its users use it. */
@RequiresKvm
class GuestExtensionTest {

    @Test
    void aFinishedGuest(@Guest("hello") FinishedGuest guest) {
        assertThat(guest)
                .exited(0)
                .ended(Outcome.Exited.class)
                .consoleContains("long mode")
                .consoleDoesNotContain("real mode")
                .consoleMatches("^Hello .* mode$")
                .consoleLines("Hello from long mode")
                .exitsBetween(ExitReason.IO, 20, 100)
                .exits(ExitReason.MMIO, 0)
                .register(Registers::rflags, guest.registers().rflags())
                .memory(0x100000, guest.memory().getLong(0x100000))
                .timeInGuestLessThan(Duration.ofMinutes(1))
                .is("named", finished -> finished.name().equals("hello"));
    }

    @Test
    void aGuestOnAnotherProcessor(
            @Guest(value = "hello", cpu = "qemu64,-x2apic") FinishedGuest guest) {
        String command = guest.repeatCommand();
        assertTrue(command.contains(" --cpu qemu64,-x2apic "), command);
        assertThat(guest).exited(0);
    }

    @Test
    void whatIsNotSoIsAFailure(@Guest("hello") FinishedGuest guest) {
        var failure = assertThrows(AssertionFailedError.class, () -> assertThat(guest).exited(3));
        assertEquals(
                "end of hello ==> expected: <the guest exited with code 3>"
                        + " but was: <the guest exited with code 0>",
                failure.getMessage());
        assertTrue(failure.isActualDefined() && failure.isExpectedDefined());
    }

    @Test
    void aRunningGuest(@Guest("echo") RunningGuest guest) {
        guest.type("who is there?").await("who is there?").type("\u0004");
        assertThat(guest.finish()).exited(0);
    }

    @Test
    void twoGuests(
            @Guest("hello") FinishedGuest hello,
            @Guest(value = "pio", parameters = "count=7") GuestSetup setup) {
        assertThat(hello).exited(0);
        assertThat(setup.run()).exits(ExitReason.IO, 8);
    }

    @Test
    void aParameterOfSixtyFourBits(
            @Guest(
                            value = "chain",
                            parameters = {"count=1", "seed=0xfedcba9876543210"})
                    FinishedGuest guest) {
        assertThat(guest).memory(kvm4j.guests.Guest.PARAMETER_BLOCK + 8, 0xfedcba9876543210L);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 10})
    void withParametersOfJUnits(long count, @Guest("pio") GuestSetup setup) {
        assertThat(setup.parameter("count", count).run()).exits(ExitReason.IO, count + 1);
    }

    @Tag("smp")
    @GuestMatrix(
            cpus = {1, 2},
            irqchip = {IrqchipMode.KERNEL, IrqchipMode.SPLIT},
            memory = {"16M", "64M"})
    void onEachMachine(@Guest("hello") GuestSetup setup) {
        assertThat(setup.run()).exited(0);
    }

    @TestFactory
    Stream<DynamicNode> aFactory() {
        return Stream.of("hello", "hello-real").map(GuestSetup::of).map(GuestTests::of);
    }

    @Test
    void mistakesAreToldOf() {
        List<String> told =
                Engine.run(Mistaken.class).failures().stream().map(Throwable::getMessage).toList();
        for (String mistake :
                List.of(
                        "no such image: 'nosuch' is neither a file nor a guest of the catalogue",
                        "@Guest takes one irqchip, @GuestMatrix several: [NONE, SPLIT]",
                        "@GuestMatrix wants cpus, irqchip or memory, one of them at least",
                        "@GuestMatrix has no machine that can be: several processors need"
                                + " interrupt controllers to start each other")) {
            assertTrue(
                    told.stream().anyMatch(message -> message.endsWith(mistake)),
                    () -> mistake + " is not in " + told);
        }
        assertEquals(4, told.size(), told::toString);
    }

    static final class Mistaken {

        @Test
        void image(@Guest("nosuch") FinishedGuest guest) {}

        @Test
        void irqchips(
                @Guest(
                                value = "hello",
                                irqchip = {IrqchipMode.NONE, IrqchipMode.SPLIT})
                        FinishedGuest guest) {}

        @GuestMatrix
        void empty() {}

        @GuestMatrix(cpus = 2, irqchip = IrqchipMode.NONE)
        void impossible() {}
    }

    @Test
    void theMatrixHasAllCells() {
        List<String> names = Engine.run(Matrix.class).names();
        assertEquals(
                List.of("1 cpu, irqchip none", "1 cpu, irqchip kernel", "2 cpus, irqchip kernel"),
                names);
    }

    static final class Matrix {
        @GuestMatrix(
                cpus = {1, 2},
                irqchip = {IrqchipMode.NONE, IrqchipMode.KERNEL})
        void cell() {}
    }
}
