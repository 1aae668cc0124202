package kvm4j.kvm;

import kvm4j.bindings.kvm.kvm_fpu;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The x87 and SSE registers: {@code struct kvm_fpu}; Intel SDM volume 1, sections 8.1 and 10.2. For
 * MXCSR, which the kernel leaves out of it, for AVX and what came after: {@link
 * ExtendedState#xsave()}.
 *
 * @param fpr the eight x87 registers, 16 bytes each, of which 10 count
 * @param control the control word, FCW
 * @param status the status word, FSW
 * @param tags which x87 registers are in use, one bit each
 * @param lastOpcode the last instruction's opcode
 * @param lastIp the last instruction's address
 * @param lastDp the last operand's address
 * @param xmm the sixteen XMM registers, 16 bytes each
 */
public record FpuState(
        List<Bytes> fpr,
        int control,
        int status,
        int tags,
        int lastOpcode,
        long lastIp,
        long lastDp,
        List<Bytes> xmm) {

    private static final int FPR_COUNT = 8;
    private static final int XMM_COUNT = 16;
    private static final int WIDTH = 16;

    /**
     * These registers with another XMM register.
     *
     * @param number which, from 0 to 15
     * @param value 16 bytes
     * @return a copy
     */
    public FpuState withXmm(int number, Bytes value) {
        List<Bytes> changed = new ArrayList<>(xmm);
        changed.set(number, value);
        return new FpuState(fpr, control, status, tags, lastOpcode, lastIp, lastDp, changed);
    }

    /**
     * A state.
     *
     * @throws IllegalArgumentException if the number or width of registers is another
     */
    public FpuState {
        fpr = requireRegisters("x87", FPR_COUNT, fpr);
        xmm = requireRegisters("XMM", XMM_COUNT, xmm);
    }

    private static List<Bytes> requireRegisters(String kind, int count, List<Bytes> registers) {
        if (registers.size() != count || registers.stream().anyMatch(r -> r.size() != WIDTH)) {
            throw new IllegalArgumentException(
                    "there are %d %s registers of %d bytes".formatted(count, kind, WIDTH));
        }
        return List.copyOf(registers);
    }

    static FpuState load(MemorySegment source) {
        return new FpuState(
                registers(kvm_fpu.fpr(source), FPR_COUNT),
                Short.toUnsignedInt(kvm_fpu.fcw(source)),
                Short.toUnsignedInt(kvm_fpu.fsw(source)),
                Byte.toUnsignedInt(kvm_fpu.ftwx(source)),
                Short.toUnsignedInt(kvm_fpu.last_opcode(source)),
                kvm_fpu.last_ip(source),
                kvm_fpu.last_dp(source),
                registers(kvm_fpu.xmm(source), XMM_COUNT));
    }

    private static List<Bytes> registers(MemorySegment source, int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> Bytes.load(source.asSlice((long) i * WIDTH, WIDTH)))
                .toList();
    }

    void store(MemorySegment target) {
        storeRegisters(fpr, kvm_fpu.fpr(target));
        kvm_fpu.fcw(target, (short) control);
        kvm_fpu.fsw(target, (short) status);
        kvm_fpu.ftwx(target, (byte) tags);
        kvm_fpu.last_opcode(target, (short) lastOpcode);
        kvm_fpu.last_ip(target, lastIp);
        kvm_fpu.last_dp(target, lastDp);
        storeRegisters(xmm, kvm_fpu.xmm(target));
    }

    private static void storeRegisters(List<Bytes> registers, MemorySegment target) {
        for (int i = 0; i < registers.size(); i++) {
            registers.get(i).store(target.asSlice((long) i * WIDTH, WIDTH));
        }
    }
}
