package kvm4j.kvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Test;

/** What a state consists of on this host. */
@NeedsKvm
class StateFeaturesTest {

    @Test
    void theHostIsAskedOnceForAllItsMachines() {
        try (Kvm kvm = Kvm.open();
                Vm one = kvm.createVm();
                Vm other = kvm.createVm();
                Kvm again = Kvm.open();
                Vm third = again.createVm()) {
            StateFeatures features = one.createVcpu(0).clock().stateFeatures();
            assertSame(features, other.createVcpu(0).clock().stateFeatures());
            assertSame(features, third.createVcpu(0).clock().stateFeatures());
        }
    }

    @Test
    void aNewVcpuHasTheFrequencyThatTheVmSays() {
        try (Kvm kvm = Kvm.open();
                Vm vm = kvm.createVm();
                Vcpu vcpu = vm.createVcpu(0)) {
            StateFeatures features = vcpu.clock().stateFeatures();
            assumeTrue(features.tscFrequency(), "host lacks KVM_CAP_GET_TSC_KHZ");
            assumeTrue(features.vmTscFrequency(), "host lacks KVM_CAP_VM_TSC_CONTROL");
            assertEquals(vm.tscFrequency(), vcpu.clock().tscFrequency());
        }
    }
}
