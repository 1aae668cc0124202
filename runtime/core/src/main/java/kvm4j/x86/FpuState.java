package kvm4j.x86;

import java.util.ArrayList;
import java.util.List;

/**
 * The x87 and SSE registers; Intel SDM volume 1, sections 8.1 and 10.2. For MXCSR, which the kernel
 * leaves out of it, for AVX and what came after: the XSAVE area.
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

    /** How many x87 registers there are. */
    public static final int FPR_COUNT = 8;

    /** How many XMM registers there are. */
    public static final int XMM_COUNT = 16;

    /** How many bytes are kept of a register. */
    public static final int WIDTH = 16;

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
}
