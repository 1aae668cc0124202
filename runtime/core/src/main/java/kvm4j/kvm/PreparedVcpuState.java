package kvm4j.kvm;

import kvm4j.x86.CpuId;
import kvm4j.x86.Msr;
import kvm4j.x86.VcpuState;

/**
 * A {@linkplain VcpuState vCPU's state} that is given to vCPUs again and again: the structures that
 * the kernel takes are filled in the first time, and kept until this is garbage. Any thread may use
 * it, and several at once.
 *
 * @see Vcpu#restoreState(PreparedVcpuState)
 */
public final class PreparedVcpuState {

    private static final Msr NO_DEADLINE = new Msr(Msr.TSC_DEADLINE, 0);

    private final VcpuState state;
    private volatile VcpuStateRequests requests;

    /**
     * All of a state, as {@link Vcpu#restoreState(VcpuState)} gives it.
     *
     * @param state the state
     */
    public PreparedVcpuState(VcpuState state) {
        this.state = state;
    }

    /**
     * A state but for its TSC, as {@link Vcpu#restoreStateExceptTsc} gives it. A deadline might be
     * over by what the counter still shows: there is none until it is set.
     *
     * @param state the state
     * @return what of it is to be given to a vCPU
     */
    public static PreparedVcpuState exceptTsc(VcpuState state) {
        return new PreparedVcpuState(
                state.withMsrs(
                        state.msrs().stream()
                                .filter(msr -> msr.index() != Msr.TIME_STAMP_COUNTER)
                                .map(msr -> msr.index() == Msr.TSC_DEADLINE ? NO_DEADLINE : msr)
                                .toList()));
    }

    CpuId cpuId() {
        return state.cpuId();
    }

    /** The requests that give the state to a vCPU of a host that has these features. */
    VcpuStateRequests requests(Vcpu vcpu, StateFeatures has) {
        VcpuStateRequests present = requests;
        if (present == null || !present.areFor(has)) {
            present = new VcpuStateRequests(state, vcpu, has);
            requests = present;
        }
        return present;
    }
}
