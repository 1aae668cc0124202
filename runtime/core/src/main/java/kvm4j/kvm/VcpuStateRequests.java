package kvm4j.kvm;

import kvm4j.kvm.msr.MsrTable;
import kvm4j.linux.InterruptibleDescriptor;
import kvm4j.x86.Msr;
import kvm4j.x86.SpecialRegisters2;
import kvm4j.x86.VcpuState;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The requests that give a vCPU a state, in the order that the kernel wants. What the host lacks is
 * left out.
 *
 * <p>What allows is before what it allows: CPUID before all, EFER.SVME and IA32_FEATURE_CONTROL
 * before the nested state, the APIC base (a special register) before the local APIC, the local
 * APIC's timer mode before the deadline (the last MSR). What clears is before what is cleared:
 * {@code KVM_SET_REGS} drops exceptions, and special registers as after a reset make the bootstrap
 * processor runnable.
 */
final class VcpuStateRequests {

    /** IA32_FEATURE_CONTROL, without which the guest has no VMX to restore the state of. */
    private static final int FEATURE_CONTROL = 0x3a;

    private final VcpuState state;
    private final StateFeatures has;
    private final Arena memory = Arena.ofAuto();
    private final VcpuRequest settingCpuId;
    private final Optional<MsrTable> featureControl;
    private final List<VcpuRequest> beforeMsrs;
    private final List<VcpuRequest> afterMsrs;
    private final StateMsrs msrs;
    private final OptionalLong counter;

    /**
     * The requests for a state.
     *
     * @param state the state
     * @param vcpu a vCPU that it can be given to
     * @param features what the host has
     */
    VcpuStateRequests(VcpuState state, Vcpu vcpu, StateFeatures features) {
        this.state = state;
        this.has = features;
        this.settingCpuId = Vcpu.setting(state.cpuId(), memory);
        this.featureControl = state.nestedState().flatMap(_ -> featureControl());
        this.beforeMsrs = beforeMsrs(vcpu.extendedState());
        this.msrs = new StateMsrs(state.msrs(), memory);
        this.afterMsrs =
                List.of(
                        VcpuInterrupts.settingEvents(state.events(), memory),
                        VcpuInterrupts.settingMpState(state.mpState(), memory));
        this.counter = state.msr(Msr.TIME_STAMP_COUNTER);
    }

    private Optional<MsrTable> featureControl() {
        return state.msrs().stream()
                .filter(msr -> msr.index() == FEATURE_CONTROL)
                .findFirst()
                .map(msr -> new MsrTable(List.of(msr), memory));
    }

    private List<VcpuRequest> beforeMsrs(ExtendedState extended) {
        List<VcpuRequest> requests = new ArrayList<>();
        SpecialRegisters2 special = state.specialRegisters();
        requests.add(
                has.pageDirectoryPointers()
                        ? Vcpu.setting(special, memory)
                        : Vcpu.setting(special.registers(), memory));
        state.nestedState()
                .ifPresent(nested -> requests.add(NestedStateCodec.setting(nested, memory)));
        requests.add(Vcpu.setting(state.registers(), memory));
        requests.add(extended.settingXsave(state.xsave(), memory));
        if (!state.extendedControlRegisters().isEmpty()) {
            requests.add(
                    ExtendedState.settingControlRegisters(
                            state.extendedControlRegisters(), memory));
        }
        if (has.debugRegisters()) {
            requests.add(Vcpu.setting(state.debugRegisters(), memory));
        }
        state.localApic()
                .ifPresent(page -> requests.add(VcpuInterrupts.settingLocalApic(page, memory)));
        return List.copyOf(requests);
    }

    /** Whether they are for a host that has these features, as it was asked for them. */
    boolean areFor(StateFeatures features) {
        return features == has;
    }

    /** What comes first, to a vCPU that has another CPUID. */
    VcpuRequest settingCpuId() {
        return settingCpuId;
    }

    /** Makes them to a vCPU that has the state's CPUID. */
    void makeTo(Vcpu vcpu, InterruptibleDescriptor descriptor) {
        if (has.tscFrequency()) {
            state.tscFrequency().ifPresent(vcpu.clock()::restoreTscFrequency);
        }
        featureControl.ifPresent(vcpu.msrs()::restoreAll);
        make(beforeMsrs, descriptor);
        msrs.restore(vcpu.msrs()::restoreAll, vcpu::hasFixed);
        make(afterMsrs, descriptor);
        if (counter.isPresent()) {
            keepCounterFromGoingBack(vcpu);
        }
    }

    private static void make(List<VcpuRequest> requests, InterruptibleDescriptor descriptor) {
        for (int i = 0; i < requests.size(); i++) {
            requests.get(i).makeTo(descriptor);
        }
    }

    /** The kernel may have taken a lower value, of a vCPU that is younger, for the same one. */
    private void keepCounterFromGoingBack(Vcpu vcpu) {
        long behind = counter.getAsLong() - vcpu.msrs().get(Msr.TIME_STAMP_COUNTER);
        if (behind > 0 && has.tscOffset()) {
            vcpu.clock().setTscOffset(vcpu.clock().tscOffset() + behind);
        }
    }
}
