package kvm4j.memory;

import java.io.Serial;

/** An access to guest-physical addresses that no one region of guest memory holds. */
public final class GuestAddressException extends IndexOutOfBoundsException {

    @Serial private static final long serialVersionUID = 1L;

    GuestAddressException(long address, long length) {
        super(
                "no guest memory at GPA 0x%x, %s byte%s"
                        .formatted(address, Long.toUnsignedString(length), length == 1 ? "" : "s"));
    }
}
