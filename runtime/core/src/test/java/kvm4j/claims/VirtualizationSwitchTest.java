package kvm4j.claims;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import kvm4j.kvm.Kvm;
import kvm4j.kvm.NeedsKvm;
import kvm4j.kvm.Vm;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Claim: the processor enters VMX operation (VMXON; on AMD EFER.SVME is set) when the first VM is
 * created, and leaves it (VMXOFF) when the last is gone. Shown by the calls of the module's
 * functions that execute these, and by the module's use count.
 */
@NeedsKvm
class VirtualizationSwitchTest {

    /** From Linux 6.12 on, modules may turn virtualization on when they are loaded. */
    private static final Path ON_AT_LOAD =
            Path.of("/sys/module/kvm/parameters/enable_virt_at_load");

    private VendorModule module;

    @BeforeEach
    void needsAnIdleModule() {
        module = VendorModule.ofThisHost();
        module.assumeUnused();
    }

    @Test
    void theProcessorIsInVmxOrSvmOperationWhileThereAreVms() throws IOException {
        KernelTrace.assumeAvailable();
        assumeFalse(
                Files.exists(ON_AT_LOAD) && Files.readString(ON_AT_LOAD).startsWith("Y"),
                "this kernel turned virtualization on when it loaded the module"
                        + " (kvm.enable_virt_at_load)");
        int cpus = onlineCpus();
        try (KernelTrace trace = KernelTrace.ofCalls(module.switches());
                Kvm kvm = Kvm.open()) {
            Vm first = kvm.createVm();
            List<String> begun = trace.calls();
            assertEquals(cpus, begun.size(), begun::toString);
            assertTrue(begun.stream().allMatch(call -> call.contains("_enable")), begun::toString);
            kvm.createVm().close();
            assertEquals(begun, trace.calls(), "a second VM changes nothing");
            first.close();
            List<String> ended = trace.calls().subList(cpus, trace.calls().size());
            assertEquals(cpus, ended.size(), ended::toString);
            assertTrue(ended.stream().allMatch(call -> call.contains("_disable")), ended::toString);
            trace.keep(module.prefix() + "-operation");
        }
    }

    /** The switch is thrown on each CPU. */
    private static int onlineCpus() throws IOException {
        try (var cpus = Files.lines(Path.of("/proc/cpuinfo"))) {
            return (int) cpus.filter(line -> line.startsWith("processor")).count();
        }
    }

    @Test
    void theModuleIsInUseAsLongAsThereAreVms() {
        try (Kvm kvm = Kvm.open()) {
            int idle = module.uses();
            Vm first = kvm.createVm();
            int one = module.uses();
            assertTrue(one > idle, () -> idle + " uses, then " + one);
            Vm second = kvm.createVm();
            int two = module.uses();
            assertTrue(two > one, () -> one + " uses, then " + two);
            second.close();
            assertEquals(one, module.uses());
            first.close();
            assertEquals(idle, module.uses());
        }
        assertEquals(0, module.uses());
    }
}
