package kvm4j.machine;

import kvm4j.device.GuestTime;
import kvm4j.kvm.Vcpu;
import kvm4j.kvm.Vm;
import kvm4j.snapshot.MachineState;
import kvm4j.x86.ClockData;
import kvm4j.x86.Msr;
import kvm4j.x86.VcpuState;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.BiConsumer;

/** The state of a virtual machine and its processors, all of which are outside of the guest. */
final class ProcessorStates {

    private static final double NANOS_PER_MILLISECOND = 1e6;

    private final Vm vm;
    private final List<Vcpu> vcpus;

    ProcessorStates(Vm vm, List<Vcpu> vcpus) {
        this.vm = vm;
        this.vcpus = vcpus;
    }

    List<VcpuState> save() {
        return vcpus.stream().map(Vcpu::saveState).toList();
    }

    /**
     * Makes sure that states are of these processors.
     *
     * @throws IllegalArgumentException if they are not as many
     */
    void requireFit(List<VcpuState> states) {
        if (states.size() != vcpus.size()) {
            throw new IllegalArgumentException(
                    "the snapshot is of a machine with %d processors, not %d"
                            .formatted(states.size(), vcpus.size()));
        }
    }

    /**
     * Restores states that {@linkplain #requireFit fit}.
     *
     * @param state all of the machine's
     * @param processors the same of its processors
     * @param time what was the guest's time since
     */
    void restore(MachineState state, PreparedProcessors processors, GuestTime time) {
        Duration passed = passed(state.takenAt(), time);
        if (canSetCounters(processors.states().getFirst())) {
            forEach(processors.exceptTscs(), Vcpu::restoreState);
            restoreVm(state, time, passed);
            setCounters(processors.states(), passed);
        } else {
            forEach(processors.whole(), Vcpu::restoreState);
            restoreVm(state, time, passed);
        }
    }

    private <S> void forEach(List<S> states, BiConsumer<Vcpu, S> deed) {
        for (int i = 0; i < states.size(); i++) {
            deed.accept(vcpus.get(i), states.get(i));
        }
    }

    private void restoreVm(MachineState state, GuestTime time, Duration passed) {
        vm.restoreState(state.vm());
        if (time == GuestTime.CAUGHT_UP) {
            vm.setClock(ClockData.at(state.vm().clock().nanoseconds() + passed.toNanos()));
        }
    }

    private boolean canSetCounters(VcpuState first) {
        return vcpus.getFirst().clock().hasTscOffset()
                && first.tscOffset().isPresent()
                && first.tscFrequency().isPresent();
    }

    /** Counters and the paravirtual clock never go back, even if the host's clock was set back. */
    private static Duration passed(Instant takenAt, GuestTime time) {
        Duration passed = time.passed(takenAt, Instant.now());
        return passed.isNegative() ? Duration.ZERO : passed;
    }

    /**
     * Sets the time-stamp counters, which the kernel lets nobody set exactly but by their offsets:
     * all by the same difference, so that they stay in step.
     */
    private void setCounters(List<VcpuState> states, Duration passed) {
        VcpuState first = states.getFirst();
        Vcpu processor = vcpus.getFirst();
        long hostNow = processor.msrs().get(Msr.TIME_STAMP_COUNTER) - processor.clock().tscOffset();
        long cycles =
                (long) (passed.toNanos() / NANOS_PER_MILLISECOND * first.tscFrequency().getAsInt());
        long wanted = first.msr(Msr.TIME_STAMP_COUNTER).orElse(0) + cycles - hostNow;
        long difference = wanted - first.tscOffset().getAsLong();
        forEach(states, (vcpu, state) -> setCounter(vcpu, state, difference));
    }

    private static void setCounter(Vcpu vcpu, VcpuState state, long difference) {
        state.tscOffset().ifPresent(offset -> vcpu.clock().setTscOffset(offset + difference));
        long deadline = state.msr(Msr.TSC_DEADLINE).orElse(0);
        if (deadline != 0) {
            vcpu.msrs().set(Msr.TSC_DEADLINE, deadline);
        }
    }
}
