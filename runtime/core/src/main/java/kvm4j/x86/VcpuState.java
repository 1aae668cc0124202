package kvm4j.x86;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * All that a vCPU is between two instructions of its guest, but for memory. Taken from one vCPU it
 * can be given to another, of another VM, which goes on from there.
 *
 * @param cpuId what CPUID answers
 * @param mpState whether it runs, and what it waits for if not
 * @param registers the general purpose registers
 * @param specialRegisters the segment, descriptor-table and control registers
 * @param debugRegisters the debug registers
 * @param xsave floating-point, vector and other extended state, as XSAVE lays it out
 * @param extendedControlRegisters XCR0 and those that follow it; empty where there is none
 * @param localApic the local APIC's page; empty where the VM has none in the kernel
 * @param msrs the model-specific registers that can be read, in the order to write them in
 * @param events what is about to interrupt it, and what holds that back
 * @param nestedState what it knows of guests of its guest; empty where it cannot have any
 * @param tscFrequency how fast its TSC counts, in kHz; empty where the host's has no fixed one
 * @param tscOffset what its TSC was ahead of the host's, in cycles; empty where the host does not
 *     tell
 */
public record VcpuState(
        CpuId cpuId,
        MpState mpState,
        Registers registers,
        SpecialRegisters2 specialRegisters,
        DebugRegisters debugRegisters,
        Bytes xsave,
        List<ExtendedControlRegister> extendedControlRegisters,
        Optional<Bytes> localApic,
        List<Msr> msrs,
        VcpuEvents events,
        Optional<NestedState> nestedState,
        OptionalInt tscFrequency,
        OptionalLong tscOffset) {

    /**
     * A state.
     *
     * @param extendedControlRegisters copied
     * @param msrs copied
     */
    public VcpuState {
        extendedControlRegisters = List.copyOf(extendedControlRegisters);
        msrs = List.copyOf(msrs);
    }

    /**
     * The same state with other model-specific registers.
     *
     * @param others in place of all that it has, in the order to write them in
     * @return the state
     */
    public VcpuState withMsrs(List<Msr> others) {
        return new VcpuState(
                cpuId,
                mpState,
                registers,
                specialRegisters,
                debugRegisters,
                xsave,
                extendedControlRegisters,
                localApic,
                others,
                events,
                nestedState,
                tscFrequency,
                tscOffset);
    }

    /**
     * The value of a model-specific register.
     *
     * @param index its number
     * @return its value, empty if the state does not have it
     */
    public OptionalLong msr(int index) {
        for (int i = 0; i < msrs.size(); i++) {
            if (msrs.get(i).index() == index) {
                return OptionalLong.of(msrs.get(i).value());
            }
        }
        return OptionalLong.empty();
    }
}
