package kvm4j.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.bindings.libc.Libc;

import org.junit.jupiter.api.Test;

class LinuxExceptionTest {

    @Test
    void saysWhatAndWhyAndWhatToDo() {
        LinuxException plain = new LinuxException("open(/dev/kvm)", Libc.EACCES());
        assertEquals("open(/dev/kvm) failed: EACCES (13): Permission denied", plain.getMessage());
        assertEquals("open(/dev/kvm)", plain.call());
        assertEquals("EACCES", plain.errno().symbol());
        assertTrue(plain.isErrno(Libc.EACCES()));
        assertTrue(plain.is(Errno.EACCES));
        assertEquals(Errno.EACCES, plain.errno());
        LinuxException remedied = new LinuxException("x()", Libc.ENOMEM(), "use less");
        assertEquals(
                "x() failed: ENOMEM (12): Cannot allocate memory; use less", remedied.getMessage());
    }

    @Test
    void aNumberWithoutANameIsShown() {
        assertEquals("errno 4000 (4000): Unknown error", new Errno(4000).toString());
    }

    @Test
    void constantsHaveTheNamesThatLibcKnows() throws IllegalAccessException {
        for (var field : Errno.class.getFields()) {
            assertEquals(field.getName(), ((Errno) field.get(null)).symbol());
        }
        assertTrue(Errno.class.getFields().length > 40);
    }

    @Test
    void aRequestIsShownWithItsArgument() {
        Ioctl request = new Ioctl("KVM_X", 0);
        assertEquals(
                "KVM_X(0x10) failed: EINVAL (22): Invalid argument",
                request.failed(16, Libc.EINVAL()).getMessage());
        assertEquals(
                "KVM_X failed: EINVAL (22): Invalid argument",
                request.failed(0, Libc.EINVAL()).getMessage());
    }
}
