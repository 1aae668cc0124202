package kvm4j.benchmarks.loop;

import kvm4j.guests.Guest;
import kvm4j.memory.GuestMemory;

import java.util.List;

/** Where guests find their parameters. */
public final class ParameterBlock {

    private ParameterBlock() {}

    /**
     * Writes them.
     *
     * @param parameters in their order
     * @param memory the guest's
     */
    public static void write(List<Long> parameters, GuestMemory memory) {
        for (int i = 0; i < parameters.size(); i++) {
            memory.putLong(Guest.PARAMETER_BLOCK + (long) i * Long.BYTES, parameters.get(i));
        }
    }
}
