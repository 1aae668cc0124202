package kvm4j.machine;

import kvm4j.kvm.PreparedVcpuState;
import kvm4j.x86.VcpuState;

import java.util.List;

/**
 * The states of a snapshot's processors, each ready to be given to one again and again.
 *
 * @param states the states as they were taken
 * @param whole all of each
 * @param exceptTscs each but for its time-stamp counter
 */
record PreparedProcessors(
        List<VcpuState> states, List<PreparedVcpuState> whole, List<PreparedVcpuState> exceptTscs) {

    /** Those of processors. */
    static PreparedProcessors of(List<VcpuState> states) {
        return new PreparedProcessors(
                states,
                states.stream().map(PreparedVcpuState::new).toList(),
                states.stream().map(PreparedVcpuState::exceptTsc).toList());
    }
}
