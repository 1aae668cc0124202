package kvm4j.kvm;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import kvm4j.bindings.kvm.KvmUapi;
import kvm4j.bindings.libc.Libc;
import kvm4j.linux.LinuxException;

import org.junit.jupiter.api.Test;

import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;

@NeedsKvm
class KvmDeviceTest {

    private static final int FILE = KvmUapi.KVM_DEV_VFIO_FILE();
    private static final long ADD = KvmUapi.KVM_DEV_VFIO_FILE_ADD();

    @Test
    void aDeviceHasAttributes() {
        try (TestGuest guest = TestGuest.of("f4")) {
            guest.assume(Capability.DEVICE_CTRL);
            assumeTrue(guest.vm().supports(KvmDevice.Type.VFIO), "host lacks KVM_DEV_TYPE_VFIO");
            try (KvmDevice device = guest.vm().createDevice(KvmDevice.Type.VFIO);
                    Arena arena = Arena.ofConfined()) {
                assertTrue(device.has(FILE, ADD));
                assertFalse(device.has(77, ADD));
                var noFile = arena.allocateFrom(ValueLayout.JAVA_INT, -1);
                var refused =
                        assertThrows(LinuxException.class, () -> device.set(FILE, ADD, noFile));
                assertTrue(refused.isErrno(Libc.EBADF()), refused::getMessage);
                assertThrows(LinuxException.class, () -> device.get(FILE, ADD, noFile));
            }
        }
    }

    @Test
    void aTypeThatIsMissingCannotBeCreated() {
        try (TestGuest guest = TestGuest.of("f4")) {
            assumeTrue(!guest.vm().supports(KvmDevice.Type.VFIO), "host has KVM_DEV_TYPE_VFIO");
            assertThrows(LinuxException.class, () -> guest.vm().createDevice(KvmDevice.Type.VFIO));
        }
    }
}
