package kvm4j.x86;

import static org.junit.jupiter.api.Assertions.assertEquals;

import kvm4j.bindings.kvm.KvmUapi;

import org.junit.jupiter.api.Test;

/** Where a record keeps numbers as the kernel has them, they are the kernel's. */
class KernelNumbersTest {

    @Test
    void flagsOfEvents() {
        assertEquals(KvmUapi.KVM_VCPUEVENT_VALID_NMI_PENDING(), VcpuEvents.NMI_PENDING_VALID);
        assertEquals(KvmUapi.KVM_VCPUEVENT_VALID_SIPI_VECTOR(), VcpuEvents.SIPI_VECTOR_VALID);
        assertEquals(KvmUapi.KVM_VCPUEVENT_VALID_SHADOW(), VcpuEvents.SHADOW_VALID);
        assertEquals(KvmUapi.KVM_VCPUEVENT_VALID_SMM(), VcpuEvents.SMM_VALID);
        assertEquals(KvmUapi.KVM_VCPUEVENT_VALID_PAYLOAD(), VcpuEvents.PAYLOAD_VALID);
        assertEquals(KvmUapi.KVM_VCPUEVENT_VALID_TRIPLE_FAULT(), VcpuEvents.TRIPLE_FAULT_VALID);
    }

    @Test
    void linesOfTheIoApic() {
        assertEquals(KvmUapi.KVM_IOAPIC_NUM_PINS(), IoApicState.PINS);
    }
}
