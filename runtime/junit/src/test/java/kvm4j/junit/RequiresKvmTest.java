package kvm4j.junit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.kvm.Capability;
import kvm4j.testing.FinishedGuest;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;

class RequiresKvmTest {

    private static final Map<String, String> NO_DEVICE =
            Map.of("kvm4j.device", "/no/kvm", "kvm4j.kvm.required", "false");

    @Test
    void withoutKvmTestsAreSkippedWithTheRemedy() {
        Engine result = Engine.run(Plain.class, NO_DEVICE);
        assertEquals(List.of(), result.names());
        String reason = result.skipped().getFirst();
        assertTrue(reason.contains("ENOENT") && reason.contains("load kvm_intel"), reason);
    }

    @Test
    void withoutKvmTestsFailWhereThereHasToBe() {
        Engine result =
                Engine.run(
                        Plain.class,
                        Map.of("kvm4j.device", "/no/kvm", "kvm4j.kvm.required", "true"));
        assertEquals(1, result.failures().size());
    }

    @Test
    void guestsUseTheDeviceThatIsLookedAt() {
        Engine result = Engine.run(WithAGuest.class, NO_DEVICE);
        String failure = result.failures().getFirst().toString();
        assertTrue(failure.contains("/no/kvm"), failure);
    }

    static final class WithAGuest {
        @Test
        void test(@Guest("hello") FinishedGuest guest) {}
    }

    @RequiresKvm
    static final class Plain {
        @Test
        void test() {}
    }

    @RequiresKvm
    @Test
    void manyCpus() {
        Engine result = Engine.run(ManyCpus.class);
        assertTrue(
                result.skipped().getFirst().startsWith("100000 CPUs are needed, this process has"),
                result.skipped()::toString);
    }

    static final class ManyCpus {
        @RequiresKvm(hostCpus = 100_000)
        @Test
        void test() {}
    }

    @RequiresKvm
    @Test
    void whatEveryKvmHas() {
        Engine result = Engine.run(Usual.class);
        assertEquals(List.of("test()"), result.names());
        assertEquals(List.of(), result.skipped());
    }

    static final class Usual {
        @RequiresKvm(
                capabilities = {Capability.USER_MEMORY, Capability.IRQCHIP},
                vendor = {
                    RequiresKvm.Vendor.KVM_AMD,
                    RequiresKvm.Vendor.KVM_INTEL,
                    RequiresKvm.Vendor.KVM_PVM
                })
        @Test
        void test() {}
    }
}
