package kvm4j.boot;

import kvm4j.memory.GuestMemory;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * The root pointer of ACPI's tables (RSDP, ACPI 6.5, section 5.2.5), which boot protocols hand on
 * to the kernel if somebody has written one.
 */
public final class AcpiRoot {

    /** Its guest-physical address, where BIOSes have it. */
    public static final long ADDRESS = 0xe_0000;

    /** How long it is, in bytes. */
    public static final int SIZE = 36;

    /** What it begins with. */
    public static final String SIGNATURE = "RSD PTR ";

    private AcpiRoot() {}

    /** {@return a copy of the root pointer, or empty if nobody wrote one} */
    static Optional<MemorySegment> find(GuestMemory memory) {
        if (!memory.contains(ADDRESS, SIZE)) {
            return Optional.empty();
        }
        byte[] root = memory.read(ADDRESS, SIZE);
        String signature = new String(root, 0, SIGNATURE.length(), StandardCharsets.ISO_8859_1);
        return signature.equals(SIGNATURE)
                ? Optional.of(MemorySegment.ofArray(root))
                : Optional.empty();
    }
}
