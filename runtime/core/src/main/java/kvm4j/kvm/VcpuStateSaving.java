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

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** A vCPU's state as a whole, out of the kernel. What the host lacks is left out. */
final class VcpuStateSaving {

    private static final DebugRegisters NO_BREAKPOINTS =
            new DebugRegisters(0, 0, 0, 0, 0xffff_0ff0L, 0x400);

    private final Vcpu vcpu;
    private final StateFeatures has;

    /** Those of them that can be read here, once a state was saved: asked one by one, they cost. */
    private int[] readableMsrs;

    /**
     * The saving of a vCPU's state.
     *
     * @param vcpu the vCPU, whose CPUID is set
     * @param features what the host has
     */
    VcpuStateSaving(Vcpu vcpu, StateFeatures features) {
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
}
