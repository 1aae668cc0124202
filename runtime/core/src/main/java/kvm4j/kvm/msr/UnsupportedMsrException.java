package kvm4j.kvm.msr;

import java.io.Serial;

/** KVM refuses to read or write an MSR: it does not have it, or not with that value. */
public final class UnsupportedMsrException extends RuntimeException {

    @Serial private static final long serialVersionUID = 1L;

    private final int index;

    UnsupportedMsrException(String call, int index) {
        super("%s failed: the kernel refuses MSR 0x%x".formatted(call, index));
        this.index = index;
    }

    /**
     * Which it is.
     *
     * @return the number of the MSR
     */
    public int index() {
        return index;
    }
}
