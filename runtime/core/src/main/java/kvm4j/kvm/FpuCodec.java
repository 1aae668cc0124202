package kvm4j.kvm;

import kvm4j.bindings.kvm.kvm_fpu;
import kvm4j.x86.Bytes;
import kvm4j.x86.FpuState;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.IntStream;

/** {@code struct kvm_fpu}. */
final class FpuCodec {

    private FpuCodec() {}

    static FpuState load(MemorySegment source) {
        return new FpuState(
                registers(kvm_fpu.fpr(source), FpuState.FPR_COUNT),
                Short.toUnsignedInt(kvm_fpu.fcw(source)),
                Short.toUnsignedInt(kvm_fpu.fsw(source)),
                Byte.toUnsignedInt(kvm_fpu.ftwx(source)),
                Short.toUnsignedInt(kvm_fpu.last_opcode(source)),
                kvm_fpu.last_ip(source),
                kvm_fpu.last_dp(source),
                registers(kvm_fpu.xmm(source), FpuState.XMM_COUNT));
    }

    private static List<Bytes> registers(MemorySegment source, int count) {
        return IntStream.range(0, count)
                .mapToObj(
                        i ->
                                Bytes.copyOf(
                                        source.asSlice((long) i * FpuState.WIDTH, FpuState.WIDTH)))
                .toList();
    }

    static void store(FpuState state, MemorySegment target) {
        storeRegisters(state.fpr(), kvm_fpu.fpr(target));
        kvm_fpu.fcw(target, (short) state.control());
        kvm_fpu.fsw(target, (short) state.status());
        kvm_fpu.ftwx(target, (byte) state.tags());
        kvm_fpu.last_opcode(target, (short) state.lastOpcode());
        kvm_fpu.last_ip(target, state.lastIp());
        kvm_fpu.last_dp(target, state.lastDp());
        storeRegisters(state.xmm(), kvm_fpu.xmm(target));
    }

    private static void storeRegisters(List<Bytes> registers, MemorySegment target) {
        for (int i = 0; i < registers.size(); i++) {
            registers.get(i).copyTo(target.asSlice((long) i * FpuState.WIDTH, FpuState.WIDTH));
        }
    }
}
