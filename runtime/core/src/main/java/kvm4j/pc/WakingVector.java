package kvm4j.pc;

import kvm4j.boot.EntryState;
import kvm4j.memory.GuestMemory;

import java.util.Optional;

/**
 * Where a guest wants to go on when it wakes from S3: the firmware's part of waking, as the tables
 * of {@link AcpiTables} have it (ACPI 6.5, section 5.2.10 and chapter 16).
 */
public final class WakingVector {

    private static final int VECTOR = 12;
    private static final int EXTENDED_VECTOR = 24;

    private WakingVector() {}

    /**
     * The state in which the first processor goes on.
     *
     * @param memory the guest's memory
     * @return in protected mode if X_Firmware_Waking_Vector is set, else in real mode; nothing if
     *     neither is, if there is no such address, or if the tables are not there any more: then a
     *     PC starts anew
     */
    public static Optional<EntryState> entry(GuestMemory memory) {
        if (!hasControlStructure(memory)) {
            return Optional.empty();
        }
        long extended = memory.getLong(AcpiTables.FACS_ADDRESS + EXTENDED_VECTOR);
        long vector = Integer.toUnsignedLong(memory.getInt(AcpiTables.FACS_ADDRESS + VECTOR));
        try {
            if (extended != 0) {
                return Optional.of(EntryState.wakingInProtectedMode(extended));
            }
            return vector == 0
                    ? Optional.empty()
                    : Optional.of(EntryState.wakingInRealMode(vector));
        } catch (IllegalArgumentException elsewhere) {
            return Optional.empty();
        }
    }

    private static boolean hasControlStructure(GuestMemory memory) {
        if (!memory.contains(AcpiTables.FACS_ADDRESS, EXTENDED_VECTOR + Long.BYTES)) {
            return false;
        }
        for (int i = 0; i < AcpiTables.FACS_SIGNATURE.length(); i++) {
            if (memory.getByte(AcpiTables.FACS_ADDRESS + i)
                    != AcpiTables.FACS_SIGNATURE.charAt(i)) {
                return false;
            }
        }
        return true;
    }
}
