package kvm4j.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertLinesMatch;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import kvm4j.boot.ImageFormat;
import kvm4j.guests.Guest;
import kvm4j.kvm.Kvm;
import kvm4j.kvm.NeedsKvm;
import kvm4j.kvm.Vcpu;
import kvm4j.x86.CpuId;
import kvm4j.x86.CpuIdEntry;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Future;
import java.util.regex.Pattern;

/**
 * Guests that are hypervisors: they execute the instructions of VMX or SVM, and KVM does what a
 * processor would. Those for the other vendor's extension, and all where nested virtualization is
 * off, find none.
 */
@NeedsKvm
class NestedGuestsTest {

    private static final Duration LIMIT = Duration.ofSeconds(60);

    /** What a step that is measured ends with. */
    private static final String CYCLES = " +\\d+ cycles";

    /** A vendor's extension, and the guest that uses it. */
    private enum Extension {
        VMX(Guest.VMX_ROOT, 0x1, 1 << 5, new MsrLock(0x3a, 0x1)),
        SVM(Guest.SVM_ROOT, 0x8000_0001, 1 << 2, new MsrLock(0xc001_0114, 1 << 4));

        /** An MSR that firmware keeps the extension off with, and the value for that. */
        private record MsrLock(int index, long value) {}

        private final Guest guest;
        private final int leaf;
        private final int ecx;
        private final MsrLock lock;

        Extension(Guest guest, int leaf, int ecx, MsrLock lock) {
            this.guest = guest;
            this.leaf = leaf;
            this.ecx = ecx;
            this.lock = lock;
        }

        boolean isOffered() {
            return supported().find(leaf, 0).filter(entry -> (entry.ecx() & ecx) != 0).isPresent();
        }

        void assume() {
            assumeTrue(isOffered(), () -> "guests have no " + this + " on this host");
        }

        private static CpuId supported() {
            try (Kvm kvm = Kvm.open()) {
                return kvm.supportedCpuId();
            }
        }

        void hide(Vcpu vcpu) {
            CpuId supported = supported();
            CpuIdEntry entry = supported.find(leaf, 0).orElseThrow();
            vcpu.setCpuId(
                    supported.with(
                            entry.withAnswer(
                                    entry.eax(), entry.ebx(), entry.ecx() & ~ecx, entry.edx())));
        }

        void lock(Vcpu vcpu) {
            vcpu.msrs().set(lock.index(), lock.value());
        }

        /** Each line of the report, as a regular expression. */
        List<String> report() {
            return this == VMX ? vmxReport() : svmReport();
        }
    }

    private static String ok(String step, String who) {
        return "%-9s %1s  ok".formatted(step, who) + CYCLES;
    }

    private static String exit(String step, String who, String text) {
        return "%-9s %s  exit ".formatted(step, who) + text + CYCLES;
    }

    private static List<String> vmxReport() {
        return List.of(
                "CPUID +VMX is offered",
                "(WR|RD)MSR +IA32_FEATURE_CONTROL is 0x[0-9a-f]+",
                "CR4 +VMXE is set, VMCS revision 0x[0-9a-f]+",
                ok("VMXON", ""),
                "RDMSR +EPT, VPID",
                ok("VMCLEAR", "A"),
                ok("VMPTRLD", "A"),
                "VMWRITE   A  controls, host state and guest state" + CYCLES,
                ok("VMCLEAR", "B"),
                ok("VMPTRLD", "B"),
                "VMWRITE   B  controls, host state and guest state" + CYCLES,
                ok("VMPTRLD", "A"),
                exit("VMLAUNCH", "A", "reason 48 EPT_VIOLATION: write to 0x90000"),
                exit("VMRESUME", "A", "reason 10 CPUID"),
                exit("VMRESUME", "A", "reason 30 IO_INSTRUCTION: OUT 0x80, 0xa1"),
                ok("VMPTRLD", "B"),
                exit("VMLAUNCH", "B", "reason 48 EPT_VIOLATION: write to 0x90000"),
                exit("VMRESUME", "B", "reason 10 CPUID"),
                exit("VMRESUME", "B", "reason 30 IO_INSTRUCTION: OUT 0x80, 0xb1"),
                exit("VMRESUME", "B", "reason 12 HLT"),
                exit("VMRESUME", "B", "reason 18 VMCALL"),
                ok("VMPTRLD", "A"),
                exit("VMRESUME", "A", "reason 12 HLT"),
                exit("VMRESUME", "A", "reason 18 VMCALL"),
                exit("VMRESUME", "A", "reason 31 MSR_READ: MSR 0x10"),
                exit("VMRESUME", "A", "reason 28 CR_ACCESS: MOV to CR0, 0x[0-9a-f]+"),
                ok("VMPTRLD", "B"),
                exit("VMRESUME", "B", "reason 31 MSR_READ: MSR 0x10"),
                exit("VMRESUME", "B", "reason 28 CR_ACCESS: MOV to CR0, 0x[0-9a-f]+"),
                ok("INVEPT", "A"),
                ok("INVVPID", "B"),
                ok("VMPTRLD", "A"),
                exit("VMRESUME", "A", "reason 10 CPUID"),
                exit("VMRESUME", "A", "reason 30 IO_INSTRUCTION: OUT 0x80, 0xa2"),
                "memory    A  the page that it had first holds 0xa1",
                "memory    A  the page that it has now holds 0xa2",
                "memory    B  the page that it had first holds 0xb1",
                ok("VMCLEAR", "A"),
                ok("VMCLEAR", "B"),
                ok("VMXOFF", ""),
                "CR4 +VMXE is clear");
    }

    private static List<String> svmReport() {
        return List.of(
                "CPUID +SVM revision \\d+, \\d+ ASIDs, nested paging",
                "RDMSR +VM_CR is 0x[0-9a-f]+",
                "EFER +SVME is set, VM_HSAVE_PA is 0x[0-9a-f]+",
                ok("CLGI", ""),
                ok("STGI", ""),
                ok("VMSAVE", ""),
                ok("VMLOAD", ""),
                ok("VMSAVE", "A"),
                ok("VMSAVE", "B"),
                exit("VMRUN", "A", "code 0x400 NPF: write to 0x90000"),
                exit("VMRUN", "A", "code 0x72 CPUID"),
                exit("VMRUN", "A", "code 0x7b IOIO: OUT 0x80, 0xa1"),
                exit("VMRUN", "B", "code 0x400 NPF: write to 0x90000"),
                exit("VMRUN", "B", "code 0x72 CPUID"),
                exit("VMRUN", "B", "code 0x7b IOIO: OUT 0x80, 0xb1"),
                exit("VMRUN", "B", "code 0x78 HLT"),
                exit("VMRUN", "B", "code 0x81 VMMCALL"),
                exit("VMRUN", "A", "code 0x78 HLT"),
                exit("VMRUN", "A", "code 0x81 VMMCALL"),
                exit("VMRUN", "A", "code 0x7c MSR: read of 0x10"),
                exit("VMRUN", "A", "code 0x10 CR0_WRITE: 0x[0-9a-f]+"),
                exit("VMRUN", "B", "code 0x7c MSR: read of 0x10"),
                exit("VMRUN", "B", "code 0x10 CR0_WRITE: 0x[0-9a-f]+"),
                ok("INVLPGA", "A"),
                exit("VMRUN", "A", "code 0x72 CPUID"),
                exit("VMRUN", "A", "code 0x7b IOIO: OUT 0x80, 0xa2"),
                "memory    A  the page that it had first holds 0xa1",
                "memory    A  the page that it has now holds 0xa2",
                "memory    B  the page that it had first holds 0xb1",
                "EFER +SVME is clear");
    }

    /** Everything printed so far, and how the machine ended. */
    private record End(Outcome outcome, List<String> lines) {}

    private static MachineBuilder machine(Guest guest, ByteArrayOutputStream console) {
        byte[] image = guest.image();
        return Machine.builder()
                .image(ImageFormat.of(image).read(image))
                .console(console)
                .timeLimit(LIMIT);
    }

    private static List<String> lines(ByteArrayOutputStream console) {
        return console.toString(StandardCharsets.US_ASCII).lines().toList();
    }

    private static End run(MachineBuilder builder, ByteArrayOutputStream console) {
        try (Machine machine = builder.build()) {
            return new End(machine.run(), lines(console));
        }
    }

    @ParameterizedTest
    @CsvSource({"VMX, NONE", "VMX, KERNEL", "VMX, SPLIT", "SVM, NONE", "SVM, KERNEL", "SVM, SPLIT"})
    void everyStepDoesWhatTheManualSays(Extension extension, IrqchipMode irqchip) {
        extension.assume();
        var console = new ByteArrayOutputStream();
        End end = run(machine(extension.guest, console).irqchip(irqchip), console);
        assertLinesMatch(extension.report(), end.lines());
        assertEquals(new Outcome.Exited(0), end.outcome());
    }

    @ParameterizedTest
    @CsvSource({
        "VMX, 1, VMREAD +VMfailInvalid",
        "VMX, 2, 'VMRESUME  A  VMfailValid, VM-instruction error 5'",
        "VMX, 3, 'VMLAUNCH  A  VM-entry failure, exit reason 33'",
        "SVM, 1, VMRUN     A  exit code -1 INVALID: the VMCB is refused",
    })
    void aMistakeIsToldAndEndsTheGuest(Extension extension, int mistake, String told) {
        extension.assume();
        var console = new ByteArrayOutputStream();
        End end =
                run(
                        machine(extension.guest, console)
                                .prepare(memory -> memory.putLong(Guest.PARAMETER_BLOCK, mistake)),
                        console);
        assertEquals(new Outcome.Exited(1), end.outcome());
        String last = end.lines().getLast();
        assertTrue(Pattern.matches(told, last), last);
    }

    @ParameterizedTest
    @EnumSource
    void theOtherVendorsProcessorDoesNotHaveIt(Extension extension) {
        assumeFalse(extension.isOffered(), () -> "guests have " + extension + " on this host");
        var console = new ByteArrayOutputStream();
        assertIsNotThere(extension, run(machine(extension.guest, console), console));
    }

    /** As with the parameter {@code nested=0} of KVM's module. */
    @ParameterizedTest
    @EnumSource
    void aProcessorDoesNotHaveWhatCpuidDoesNotTell(Extension extension) {
        extension.assume();
        var console = new ByteArrayOutputStream();
        assertIsNotThere(
                extension,
                run(machine(extension.guest, console).configureVcpu(extension::hide), console));
    }

    private static void assertIsNotThere(Extension extension, End end) {
        assertEquals(new Outcome.Exited(Guest.NO_EXTENSION), end.outcome());
        assertLinesMatch(List.of("CPUID +no " + extension + ": bit .* is clear"), end.lines());
    }

    @ParameterizedTest
    @EnumSource
    void whatFirmwareHasLockedStaysOff(Extension extension) {
        extension.assume();
        var console = new ByteArrayOutputStream();
        End end = run(machine(extension.guest, console).configureVcpu(extension::lock), console);
        assertEquals(new Outcome.Exited(Guest.SWITCHED_OFF), end.outcome());
        assertEquals(2, end.lines().size(), end::toString);
    }

    /** With a VMCS that is current, guests that were entered, and tables for their memory. */
    @ParameterizedTest
    @EnumSource
    void aHypervisorGoesOnFromAFile(Extension extension, @TempDir Path folder) throws Exception {
        extension.assume();
        int saved = 0;
        for (int lines = 8; lines < extension.report().size() - 1; lines += 7) {
            Path file = folder.resolve("after-" + lines);
            var printed = new ByteArrayOutputStream();
            if (saveAfter(lines, extension.guest, printed, file)) {
                saved++;
                try (Snapshot snapshot = Snapshot.load(file);
                        Machine fork = snapshot.fork(b -> b.console(printed).timeLimit(LIMIT))) {
                    assertEquals(new Outcome.Exited(0), fork.run());
                }
                assertLinesMatch(extension.report(), lines(printed));
            }
        }
        assumeTrue(saved > 0, "the guest was always faster");
    }

    /** Whether the guest was still there when it had printed that much. */
    private static boolean saveAfter(
            int lines, Guest guest, ByteArrayOutputStream printed, Path file) throws Exception {
        try (Machine machine = machine(guest, printed).build()) {
            machine.start();
            Future<Outcome> end = machine.outcome();
            while (lines(printed).size() < lines && !end.isDone()) {
                Thread.onSpinWait();
            }
            try (Machine.Hold _ = machine.hold();
                    Snapshot snapshot = machine.snapshot()) {
                snapshot.save(file);
                machine.stop();
            } catch (IllegalStateException ended) {
                return false;
            }
            machine.await();
            return true;
        }
    }
}
