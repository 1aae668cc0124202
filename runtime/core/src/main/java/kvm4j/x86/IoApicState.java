package kvm4j.x86;

import java.util.ArrayList;
import java.util.List;

/**
 * The state of an I/O APIC (Intel 82093AA).
 *
 * @param baseAddress where its registers are, guest-physical
 * @param selectedRegister the register that IOREGSEL selects
 * @param id its APIC ID
 * @param irr which lines ask for an interrupt, one bit each
 * @param redirections the redirection table: 24 entries as the data sheet has them
 */
public record IoApicState(
        long baseAddress, int selectedRegister, int id, int irr, List<Long> redirections) {

    /** How many lines it has. */
    public static final int PINS = 24;

    private static final long MASKED = 1 << 16;

    /**
     * A state.
     *
     * @throws IllegalArgumentException if there is not one redirection for each line
     */
    public IoApicState {
        redirections = List.copyOf(redirections);
        if (redirections.size() != PINS) {
            throw new IllegalArgumentException(
                    "the I/O APIC has %d lines: %d".formatted(PINS, redirections.size()));
        }
    }

    /**
     * Whether a line that is not masked is delivered as NMI, SMI or INIT, which reach a processor
     * that has interrupts off (data sheet, section 3.2.4).
     *
     * @return whether one is
     */
    public boolean hasUnmaskableLine() {
        return redirections.stream()
                .anyMatch(entry -> (entry & MASKED) == 0 && Msi.isUnmaskable(entry.intValue()));
    }

    /**
     * This state with another identifier.
     *
     * @param newId the identifier
     * @return the state
     */
    public IoApicState withId(int newId) {
        return new IoApicState(baseAddress, selectedRegister, newId, irr, redirections);
    }

    /**
     * This state with one line redirected otherwise.
     *
     * @param pin the line, from 0 to 23
     * @param entry the redirection table entry
     * @return a copy
     */
    public IoApicState withRedirection(int pin, long entry) {
        List<Long> changed = new ArrayList<>(redirections);
        changed.set(pin, entry);
        return new IoApicState(baseAddress, selectedRegister, id, irr, changed);
    }
}
