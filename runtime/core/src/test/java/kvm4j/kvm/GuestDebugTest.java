package kvm4j.kvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import kvm4j.x86.HardwareBreakpoint;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.util.Collections;
import java.util.Set;

@NeedsKvm
class GuestDebugTest {

    /** nop; nop; nop; hlt. */
    private static final String NOPS = "90 90 90 f4";

    /** nop; int3; hlt. */
    private static final String BREAKPOINT = "90 cc f4";

    /** mov %al, 0x2000; hlt. */
    private static final String STORE = "a2 00 20 f4";

    private static final int DEBUG_EXCEPTION = 1;
    private static final int BREAKPOINT_EXCEPTION = 3;

    @Test
    void stepsThroughInstructions() {
        try (TestGuest guest = TestGuest.of(NOPS)) {
            guest.assume(Capability.SET_GUEST_DEBUG);
            guest.vcpu().debug().singleStep();
            for (long next = TestGuest.ENTRY + 1; next <= TestGuest.ENTRY + 3; next++) {
                var step = assertInstanceOf(VmExit.Debug.class, guest.run());
                assertEquals(DEBUG_EXCEPTION, step.vector());
                assertEquals(next, step.pc());
                assertEquals(next, guest.vcpu().registers().rip());
            }
            guest.vcpu().debug().disable();
            guest.runToHalt();
        }
    }

    @Test
    @Tag("debug")
    void stopsAtAnInstruction() {
        try (TestGuest guest = TestGuest.of(NOPS)) {
            guest.assume(Capability.SET_GUEST_DEBUG);
            guest.vcpu().debug().breakAt(HardwareBreakpoint.execute(TestGuest.ENTRY + 2));
            var stop = assertInstanceOf(VmExit.Debug.class, guest.run());
            assertEquals(DEBUG_EXCEPTION, stop.vector());
            assertEquals(TestGuest.ENTRY + 2, stop.pc());
            guest.vcpu().debug().disable();
            guest.runToHalt();
        }
    }

    @Test
    @Tag("debug")
    void stopsAtABreakpointInstruction() {
        HardwareVirtualization.assume();
        try (TestGuest guest = TestGuest.of(BREAKPOINT)) {
            guest.assume(Capability.SET_GUEST_DEBUG);
            guest.vcpu().debug().enable(Set.of(GuestDebug.Feature.SOFTWARE_BREAKPOINTS));
            var stop = assertInstanceOf(VmExit.Debug.class, guest.run());
            assertEquals(BREAKPOINT_EXCEPTION, stop.vector());
            assertEquals(TestGuest.ENTRY + 1, stop.pc());
        }
    }

    @Test
    @Tag("debug")
    void watchesAStore() {
        HardwareVirtualization.assume();
        try (TestGuest guest = TestGuest.of(STORE)) {
            guest.assume(Capability.SET_GUEST_DEBUG);
            guest.vcpu()
                    .debug()
                    .breakAt(new HardwareBreakpoint(0x2000, HardwareBreakpoint.Trigger.WRITE, 1));
            var stop = assertInstanceOf(VmExit.Debug.class, guest.run());
            assertEquals(DEBUG_EXCEPTION, stop.vector());
        }
    }

    @Test
    void breakpointsThatCannotBeAreRefused() {
        assertThrows(
                IllegalArgumentException.class,
                () -> new HardwareBreakpoint(0, HardwareBreakpoint.Trigger.WRITE, 3));
        assertThrows(
                IllegalArgumentException.class,
                () -> new HardwareBreakpoint(0, HardwareBreakpoint.Trigger.WRITE, 0));
        assertThrows(
                IllegalArgumentException.class,
                () -> new HardwareBreakpoint(1, HardwareBreakpoint.Trigger.ACCESS, 2));
        assertThrows(
                IllegalArgumentException.class,
                () -> new HardwareBreakpoint(0, HardwareBreakpoint.Trigger.EXECUTE, 4));
        try (TestGuest guest = TestGuest.of("f4")) {
            HardwareBreakpoint[] five =
                    Collections.nCopies(5, HardwareBreakpoint.execute(0))
                            .toArray(HardwareBreakpoint[]::new);
            assertThrows(IllegalArgumentException.class, () -> guest.vcpu().debug().breakAt(five));
        }
    }
}
