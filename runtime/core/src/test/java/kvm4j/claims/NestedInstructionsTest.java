package kvm4j.claims;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import kvm4j.guests.Guest;
import kvm4j.kvm.NeedsKvm;
import kvm4j.machine.IrqchipMode;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.Map;

/**
 * Claim: a hypervisor enters VMX operation by VMXON, makes a VMCS current by VMPTRLD, enters its
 * guest by VMLAUNCH once and by VMRESUME after, drops translations by INVEPT and INVVPID, and
 * leaves by VMXOFF. Shown by a guest that is a hypervisor: each of these instructions, executed in
 * non-root operation, is an exit. SVM has VMRUN and others in their place.
 */
@NeedsKvm
class NestedInstructionsTest {

    private static final Duration LIMIT = Duration.ofSeconds(60);

    private VendorModule module;

    @BeforeEach
    void needsNestedVirtualization() {
        module = VendorModule.ofThisHost();
        assumeTrue(module.nests(), "guests may not run guests of their own on this host");
    }

    private Map<String, Long> exitsOf(Guest guest) {
        return ObservedLife.of(guest, IrqchipMode.NONE, LIMIT).exits();
    }

    /**
     * As KVM names them. VMREAD and VMWRITE are left out: fields that KVM keeps in a shadow VMCS
     * are accessed without an exit.
     */
    @Test
    void eachVmxInstructionOfAGuestIsAnExit() {
        assumeTrue(module == VendorModule.KVM_INTEL, "guests have no VMX on this host");
        Map<String, Long> exits = exitsOf(Guest.VMX_ROOT);
        Map.of(
                        "VMON", 1L,
                        "VMCLEAR", 4L,
                        "VMPTRLD", 7L,
                        "VMLAUNCH", 2L,
                        "VMRESUME", 14L,
                        "INVEPT", 1L,
                        "INVVPID", 1L,
                        "VMOFF", 1L)
                .forEach((name, count) -> assertEquals(count, exits.get(name), name + exits));
        assertNestedExits(exits, Map.of("HLT", 2L, "VMCALL", 2L, "CPUID", 3L, "MSR_READ", 2L));
    }

    /** A processor may have VMLOAD, VMSAVE, CLGI and STGI done for the guest without an exit. */
    @Test
    void eachSvmInstructionOfAGuestIsAnExit() {
        assumeTrue(module == VendorModule.KVM_AMD, "guests have no SVM on this host");
        Map<String, Long> exits = exitsOf(Guest.SVM_ROOT);
        Map.of("vmrun", 16L, "invlpga", 1L)
                .forEach((name, count) -> assertEquals(count, exits.get(name), name + exits));
        Map.of("vmload", 33L, "vmsave", 35L, "clgi", 17L, "stgi", 17L)
                .forEach(
                        (name, count) ->
                                assertEquals(count, exits.getOrDefault(name, count), name + exits));
        assertNestedExits(exits, Map.of("hlt", 2L, "hypercall", 2L, "cpuid", 3L, "msr", 2L));
    }

    /** The hypervisor may make such exits too. */
    private static void assertNestedExits(Map<String, Long> exits, Map<String, Long> atLeast) {
        atLeast.forEach(
                (name, count) ->
                        assertTrue(exits.getOrDefault(name, 0L) >= count, name + " " + exits));
    }
}
