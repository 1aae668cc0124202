package kvm4j.kvm;

import kvm4j.bindings.libc.Libc;
import kvm4j.linux.LinuxException;

import java.io.Serial;
import java.nio.file.Path;

/** This host, or this user on it, cannot use KVM. The message says what to do about it. */
public final class KvmUnavailableException extends LinuxException {

    @Serial private static final long serialVersionUID = 1L;

    KvmUnavailableException(Path device, LinuxException cause) {
        super(cause.call(), cause.errno().number(), remedy(device, cause));
        initCause(cause);
    }

    private static String remedy(Path device, LinuxException cause) {
        if (cause.isErrno(Libc.ENOENT())) {
            return "the kernel has no KVM device: enable virtualization in the firmware, then load"
                    + " kvm_intel or kvm_amd";
        }
        if (cause.isErrno(Libc.EACCES()) || cause.isErrno(Libc.EPERM())) {
            return device
                    + " is not accessible to user "
                    + System.getProperty("user.name")
                    + "; add the user to group kvm, then log in again";
        }
        if (cause.isErrno(Libc.ENODEV()) || cause.isErrno(Libc.ENXIO())) {
            return "the device is there, but its module is not: load kvm_intel or kvm_amd";
        }
        return "see whether " + device + " is the KVM device of this host";
    }
}
