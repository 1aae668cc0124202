package kvm4j.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import kvm4j.boot.ImageFormat;
import kvm4j.guests.Guest;
import kvm4j.kvm.Kvm;
import kvm4j.kvm.NeedsKvm;
import kvm4j.kvm.Vm;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * What the processor says of our guests: the kernel's record of each VM entry and each exit with
 * the hardware's own reason, held against what the guest does. Needs VMX or SVM, real or emulated,
 * and the right to trace.
 */
@NeedsKvm
class HardwareExitsTest {

    /** Where to keep what was recorded; nowhere if not set. */
    private static final String TRACES = System.getProperty("kvm4j.traces");

    private static final long COUNT = 1000;

    /**
     * The modules that drive an extension of the processor, and what their functions begin with.
     */
    private enum Vendor {
        KVM_INTEL("vmx", "kvm_intel"),
        KVM_AMD("svm", "kvm_amd");

        private final String prefix;
        private final Path module;

        Vendor(String prefix, String module) {
            this.prefix = prefix;
            this.module = Path.of("/sys/module", module);
        }

        static Vendor ofThisHost() {
            var loaded = Arrays.stream(values()).filter(v -> Files.isDirectory(v.module)).findAny();
            assumeTrue(loaded.isPresent(), "neither kvm_intel nor kvm_amd runs guests here");
            return loaded.get();
        }

        boolean nests() throws IOException {
            String nested = Files.readString(module.resolve("parameters/nested")).strip();
            return nested.equals("Y") || nested.equals("1");
        }

        boolean runsAnything() throws IOException {
            return !Files.readString(module.resolve("refcnt")).strip().equals("0");
        }
    }

    /** Why a guest is left, as VMX and as SVM have it. */
    private enum Cause {
        PORT("IO_INSTRUCTION", "io"),
        CPUID("CPUID", "cpuid"),
        MSR("MSR_READ", "msr"),
        HALT("HLT", "hlt"),
        SHUTDOWN("TRIPLE_FAULT", "shutdown"),
        CONTROL_REGISTER("CR_ACCESS", "write_cr0"),
        PAGE("EPT_VIOLATION", "npf"),
        /** A page that KVM marked as MMIO at its first fault; SVM has no such mark. */
        DEVICE_PAGE("EPT_MISCONFIG", "npf"),
        INTERRUPT("EXTERNAL_INTERRUPT", "interrupt");

        private final String vmx;
        private final String svm;

        Cause(String vmx, String svm) {
            this.vmx = vmx;
            this.svm = svm;
        }

        long in(Map<String, Long> exits, Vendor vendor) {
            return exits.getOrDefault(vendor == Vendor.KVM_INTEL ? vmx : svm, 0L);
        }
    }

    private Vendor vendor;

    @BeforeEach
    void needsHardwareAndTracing() {
        vendor = Vendor.ofThisHost();
        assumeTrue(KernelTrace.isAvailable(), "this user cannot write to tracefs");
    }

    /** The last write to a port is the one that ends the machine. */
    @ParameterizedTest
    @CsvSource({
        "PIO, PORT, 1001",
        "PIO_IN, PORT, 1001",
        "CPUID, CPUID, 1000",
        "CPUID, PORT, 1",
        "MSR, MSR, 1000",
        "HALT, HALT, 1",
        "TRIPLE_FAULT, SHUTDOWN, 1",
        "HELLO_PROTECTED, CONTROL_REGISTER, 1",
    })
    void theProcessorCountsAsTheGuestDoes(Guest guest, Cause cause, long expected)
            throws IOException {
        assertEquals(expected, cause.in(exitsOf(guest), vendor));
    }

    @ParameterizedTest
    @EnumSource(names = {"MMIO", "MMIO_READ"})
    void eachAccessToADeviceIsAFault(Guest guest) throws IOException {
        Map<String, Long> exits = exitsOf(guest);
        assertTrue(Cause.DEVICE_PAGE.in(exits, vendor) >= COUNT - 1, exits::toString);
        assertTrue(Cause.PAGE.in(exits, vendor) >= 1, exits::toString);
    }

    @Test
    void memoryIsMappedWhenItIsFirstTouched() throws IOException {
        assertTrue(Cause.PAGE.in(exitsOf(Guest.HELLO), vendor) >= 1);
    }

    @Test
    void interruptsOfTheHostLeaveAGuestThatHasItsOwnOff() throws IOException {
        assertTrue(Cause.INTERRUPT.in(exitsOf(Guest.SPIN), vendor) >= 1);
    }

    /**
     * The instructions of a guest that is a hypervisor, named as KVM names their exits. VMREAD and
     * VMWRITE are left out: fields that KVM keeps in a shadow VMCS are accessed without an exit.
     */
    @Test
    void eachVmxInstructionOfAGuestIsAnExit() throws IOException {
        assumeTrue(vendor == Vendor.KVM_INTEL && vendor.nests(), "guests have no VMX on this host");
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
    void eachSvmInstructionOfAGuestIsAnExit() throws IOException {
        assumeTrue(vendor == Vendor.KVM_AMD && vendor.nests(), "guests have no SVM on this host");
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

    private Map<String, Long> exitsOf(Guest guest) throws IOException {
        byte[] image = guest.image();
        MachineBuilder builder =
                Machine.builder()
                        .image(ImageFormat.of(image).read(image))
                        .prepare(memory -> memory.putLong(Guest.PARAMETER_BLOCK, COUNT))
                        .timeLimit(Duration.ofMillis(guest == Guest.SPIN ? 100 : 60_000));
        try (KernelTrace trace = KernelTrace.ofGuests()) {
            try (Machine machine = builder.build()) {
                machine.run();
            }
            keep(trace, guest.guestName());
            Map<String, Long> exits = trace.exits();
            long left = exits.values().stream().mapToLong(Long::longValue).sum();
            // kvm_amd does not trace the exit for the exception that leads to a triple fault.
            long untraced = guest == Guest.TRIPLE_FAULT && vendor == Vendor.KVM_AMD ? 1 : 0;
            assertEquals(trace.entries(), left + untraced, "every entry ends in one exit");
            return exits;
        }
    }

    /** VMXON, or EFER.SVME, comes with the first VM; VMXOFF when the last one is gone. */
    @Test
    void theProcessorIsInVmxOrSvmOperationWhileThereAreVms() throws IOException {
        assumeTrue(!vendor.runsAnything(), "somebody else runs guests");
        List<String> switches =
                List.of(
                        vendor.prefix + "_hardware_*able",
                        vendor.prefix + "_*able_virtualization_cpu");
        try (KernelTrace trace = KernelTrace.ofCalls(switches);
                Kvm kvm = Kvm.open()) {
            Vm first = kvm.createVm();
            List<String> begun = trace.calls();
            assertTrue(begun.size() == 1 && begun.getFirst().contains("_enable"), begun::toString);
            kvm.createVm().close();
            assertEquals(begun, trace.calls(), "a second VM changes nothing");
            first.close();
            List<String> ended = trace.calls();
            assertTrue(ended.size() == 2 && ended.getLast().contains("_disable"), ended::toString);
            keep(trace, vendor.prefix + "-operation");
        }
    }

    private static void keep(KernelTrace trace, String name) throws IOException {
        if (TRACES != null) {
            Files.createDirectories(Path.of(TRACES));
            Files.writeString(Path.of(TRACES, name + ".txt"), trace.text());
        }
    }
}
