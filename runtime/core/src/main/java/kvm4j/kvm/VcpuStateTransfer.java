package kvm4j.kvm;

import kvm4j.bindings.libc.Libc;
import kvm4j.linux.LinuxException;
import kvm4j.x86.Bytes;
import kvm4j.x86.DebugRegisters;
import kvm4j.x86.ExtendedControlRegister;
import kvm4j.x86.MpState;
import kvm4j.x86.Msr;
import kvm4j.x86.NestedState;
import kvm4j.x86.Registers;
import kvm4j.x86.SpecialRegisters2;
import kvm4j.x86.VcpuEvents;
import kvm4j.x86.VcpuState;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * A vCPU's state as a whole, out of the kernel and into it, in the order that the kernel wants.
 * What the host lacks is left out.
 */
final class VcpuStateTransfer {

    /** IA32_TIME_STAMP_COUNTER. */
    private static final int TSC = 0x10;

    /** IA32_TSC_DEADLINE: which value of the counter the local APIC's timer waits for. */
    private static final int TSC_DEADLINE = 0x6e0;

    private static final Msr NO_DEADLINE = new Msr(TSC_DEADLINE, 0);

    /** IA32_FEATURE_CONTROL, without which the guest has no VMX to restore the state of. */
    private static final int FEATURE_CONTROL = 0x3a;

    private static final DebugRegisters NO_BREAKPOINTS =
            new DebugRegisters(0, 0, 0, 0, 0xffff_0ff0L, 0x400);

    private final Vcpu vcpu;
    private final StateFeatures has;

    /** Those of them that can be read here, once a state was saved: asked one by one, they cost. */
    private int[] readableMsrs;

    /** Those with their values that cannot be written here, found as a state was restored. */
    private final List<Msr> fixedMsrs = new ArrayList<>();

    /**
     * The transfer of a vCPU's state.
     *
     * @param vcpu the vCPU, whose CPUID is set
     * @param features what the host has
     */
    VcpuStateTransfer(Vcpu vcpu, StateFeatures features) {
        this.vcpu = vcpu;
        this.has = features;
    }

    private int[] readableMsrs() {
        if (readableMsrs == null) {
            readableMsrs =
                    vcpu.msrs().getReadable(has.msrs()).stream().mapToInt(Msr::index).toArray();
        }
        return readableMsrs;
    }

    /**
     * {@code KVM_GET_MP_STATE} takes an INIT or a SIPI that waits, which changes registers, and is
     * first therefore; any other request may still change what is pending, which is last.
     */
    VcpuState save() {
        VcpuInterrupts interrupts = vcpu.interrupts();
        ExtendedState extended = vcpu.extendedState();
        MpState mpState = interrupts.mpState();
        Registers registers = vcpu.registers();
        SpecialRegisters2 special =
                has.pageDirectoryPointers()
                        ? vcpu.specialRegisters2()
                        : new SpecialRegisters2(vcpu.specialRegisters(), List.of());
        Bytes xsave = extended.xsave();
        List<ExtendedControlRegister> extendedControl =
                has.extendedControl() ? extended.controlRegisters() : List.of();
        DebugRegisters debug = has.debugRegisters() ? vcpu.debugRegisters() : NO_BREAKPOINTS;
        Optional<Bytes> localApic = localApic(interrupts);
        List<Msr> values = vcpu.msrs().getAll(readableMsrs());
        Optional<NestedState> nested =
                has.nested() ? Optional.of(vcpu.nestedState()) : Optional.empty();
        OptionalInt frequency =
                has.tscFrequency()
                        ? OptionalInt.of(vcpu.clock().tscFrequency())
                        : OptionalInt.empty();
        OptionalLong offset =
                has.tscOffset() ? OptionalLong.of(vcpu.clock().tscOffset()) : OptionalLong.empty();
        VcpuEvents events = interrupts.events();
        return new VcpuState(
                vcpu.definingCpuId(),
                mpState,
                registers,
                special,
                debug,
                xsave,
                extendedControl,
                localApic,
                values,
                events,
                nested,
                frequency,
                offset);
    }

    private static Optional<Bytes> localApic(VcpuInterrupts interrupts) {
        try {
            return Optional.of(interrupts.localApic());
        } catch (LinuxException e) {
            if (e.isErrno(Libc.EINVAL())) {
                return Optional.empty(); // there is none in the kernel
            }
            throw e;
        }
    }

    void restore(VcpuState state) {
        restoreAll(state);
        state.msr(TSC).ifPresent(this::keepCounterFromGoingBack);
    }

    /** A deadline might be over by what the counter still shows: there is none until it is set. */
    void restoreExceptTsc(VcpuState state) {
        restoreAll(
                state.withMsrs(
                        state.msrs().stream()
                                .filter(msr -> msr.index() != TSC)
                                .map(msr -> msr.index() == TSC_DEADLINE ? NO_DEADLINE : msr)
                                .toList()));
    }

    /**
     * What allows is before what it allows: CPUID before all, EFER.SVME and IA32_FEATURE_CONTROL
     * before the nested state, the APIC base (a special register) before the local APIC, the local
     * APIC's timer mode before the deadline (the last MSR). What clears is before what is cleared:
     * {@code KVM_SET_REGS} drops exceptions, and special registers as after a reset make the
     * bootstrap processor runnable.
     */
    private void restoreAll(VcpuState state) {
        VcpuInterrupts interrupts = vcpu.interrupts();
        ExtendedState extended = vcpu.extendedState();
        if (has.tscFrequency()) {
            state.tscFrequency().ifPresent(vcpu.clock()::restoreTscFrequency);
        }
        if (state.nestedState().isPresent()) {
            state.msr(FEATURE_CONTROL).ifPresent(this::setFeatureControl);
        }
        if (has.pageDirectoryPointers()) {
            vcpu.setSpecialRegisters2(state.specialRegisters());
        } else {
            vcpu.setSpecialRegisters(state.specialRegisters().registers());
        }
        state.nestedState().ifPresent(vcpu::setNestedState);
        vcpu.setRegisters(state.registers());
        extended.setXsave(state.xsave());
        if (!state.extendedControlRegisters().isEmpty()) {
            extended.setControlRegisters(state.extendedControlRegisters());
        }
        if (has.debugRegisters()) {
            vcpu.setDebugRegisters(state.debugRegisters());
        }
        state.localApic().ifPresent(interrupts::setLocalApic);
        restoreMsrs(state.msrs());
        interrupts.setEvents(state.events());
        interrupts.setMpState(state.mpState());
    }

    private void setFeatureControl(long value) {
        vcpu.msrs().restoreAll(List.of(new Msr(FEATURE_CONTROL, value)));
    }

    /** What the kernel refuses even from us, no guest changes. */
    private void restoreMsrs(List<Msr> msrs) {
        List<Msr> changeable = msrs.stream().filter(msr -> !fixedMsrs.contains(msr)).toList();
        fixedMsrs.addAll(vcpu.msrs().restoreAll(changeable));
    }

    /** The kernel may have taken a lower value, of a vCPU that is younger, for the same one. */
    private void keepCounterFromGoingBack(long saved) {
        long behind = saved - vcpu.msrs().get(TSC);
        if (behind > 0 && has.tscOffset()) {
            vcpu.clock().setTscOffset(vcpu.clock().tscOffset() + behind);
        }
    }
}
