package kvm4j.x86;

import java.util.Optional;

/**
 * Names the instructions that emulators of processors leave out most often: of virtualization, of
 * the system, and of the extensions with registers of their own (Intel SDM volume 2, appendix A).
 */
public final class InstructionName {

    private static final int OPERAND_SIZE = 0x66;
    private static final int REPEAT = 0xf3;
    private static final int REPEAT_NOT_EQUAL = 0xf2;

    private final byte[] code;
    private final int bits;
    private int position;
    private int mandatoryPrefix;
    private boolean wide;

    private InstructionName(byte[] code, int bits) {
        this.code = code;
        this.bits = bits;
    }

    /**
     * The name of the first instruction.
     *
     * @param code the bytes at RIP
     * @param bits how wide addresses are where it runs: 16, 32 or 64
     * @return such as {@code cmpxchg16b}, or of what kind it is; empty for one that is not known
     *     here, or cut off
     */
    public static Optional<String> of(byte[] code, int bits) {
        return Optional.ofNullable(new InstructionName(code, bits).name());
    }

    private String name() {
        skipPrefixes();
        int opcode = next();
        return switch (opcode) {
            case 0x0f -> twoBytes();
            case 0x62 -> bits == 64 ? "an AVX-512 instruction" : "bound";
            case 0x9b -> "fwait";
            case 0xc4, 0xc5 -> bits == 64 ? "an AVX instruction" : null;
            case 0xcc -> "int3";
            case 0xcd -> "int";
            case 0xce -> "into";
            case 0xcf -> wide ? "iretq" : "iret";
            case 0xf1 -> "int1";
            case 0xf4 -> "hlt";
            default -> opcode >= 0xd8 && opcode <= 0xdf ? "an x87 instruction" : null;
        };
    }

    private void skipPrefixes() {
        while (true) {
            int prefix = peek();
            switch (prefix) {
                case 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x67, 0xf0 -> {}
                case OPERAND_SIZE, REPEAT, REPEAT_NOT_EQUAL -> mandatoryPrefix = prefix;
                default -> {
                    if (bits == 64 && prefix >= 0x40 && prefix <= 0x4f) {
                        wide = (prefix & 8) != 0;
                        position++;
                    }
                    return;
                }
            }
            position++;
        }
    }

    private String twoBytes() {
        int opcode = next();
        return switch (opcode) {
            case 0x01 -> system();
            case 0x05 -> "syscall";
            case 0x07 -> "sysret";
            case 0x0b -> "ud2";
            case 0x30 -> "wrmsr";
            case 0x31 -> "rdtsc";
            case 0x32 -> "rdmsr";
            case 0x33 -> "rdpmc";
            case 0x34 -> "sysenter";
            case 0x35 -> "sysexit";
            case 0x38 -> threeBytes();
            case 0x3a -> "an SSE instruction";
            case 0x78 -> "vmread";
            case 0x79 -> "vmwrite";
            case 0xa2 -> "cpuid";
            case 0xaa -> "rsm";
            case 0xae -> state();
            case 0xb8 -> mandatoryPrefix == REPEAT ? "popcnt" : null;
            case 0xbc -> mandatoryPrefix == REPEAT ? "tzcnt" : "bsf";
            case 0xbd -> mandatoryPrefix == REPEAT ? "lzcnt" : "bsr";
            case 0xc7 -> exchange();
            default -> isVector(opcode) ? "an SSE or MMX instruction" : null;
        };
    }

    private static boolean isVector(int opcode) {
        return opcode >= 0x10 && opcode <= 0x17
                || opcode >= 0x28 && opcode <= 0x2f
                || opcode >= 0x50 && opcode <= 0x7f
                || opcode == 0xc2
                || opcode >= 0xc4 && opcode <= 0xc6
                || opcode >= 0xd0 && opcode <= 0xfe;
    }

    private String system() {
        return switch (next()) {
            case 0xc1 -> "vmcall";
            case 0xc2 -> "vmlaunch";
            case 0xc3 -> "vmresume";
            case 0xc4 -> "vmxoff";
            case 0xc8 -> "monitor";
            case 0xc9 -> "mwait";
            case 0xca -> "clac";
            case 0xcb -> "stac";
            case 0xd0 -> "xgetbv";
            case 0xd1 -> "xsetbv";
            case 0xd8 -> "vmrun";
            case 0xd9 -> "vmmcall";
            case 0xda -> "vmload";
            case 0xdb -> "vmsave";
            case 0xdc -> "stgi";
            case 0xdd -> "clgi";
            case 0xde -> "skinit";
            case 0xdf -> "invlpga";
            case 0xee -> mandatoryPrefix == 0 ? "rdpkru" : null;
            case 0xef -> mandatoryPrefix == 0 ? "wrpkru" : null;
            case 0xf8 -> "swapgs";
            case 0xf9 -> "rdtscp";
            case 0xfa -> "monitorx";
            case 0xfb -> "mwaitx";
            case 0xfc -> "clzero";
            case 0xfd -> "rdpru";
            default -> null;
        };
    }

    private String threeBytes() {
        return switch (next()) {
            case 0x80 -> "invept";
            case 0x81 -> "invvpid";
            case 0x82 -> "invpcid";
            case 0xf0, 0xf1 -> mandatoryPrefix == REPEAT_NOT_EQUAL ? "crc32" : "movbe";
            case -1 -> null;
            default -> "an SSE instruction";
        };
    }

    private String state() {
        int operand = next();
        boolean inMemory = operand >>> 6 != 3;
        return switch (operand < 0 ? -1 : operand >>> 3 & 7) {
            case 0 -> inMemory ? "fxsave" : "rdfsbase";
            case 1 -> inMemory ? "fxrstor" : "rdgsbase";
            case 2 -> inMemory ? "ldmxcsr" : "wrfsbase";
            case 3 -> inMemory ? "stmxcsr" : "wrgsbase";
            case 4 -> inMemory ? "xsave" : null;
            case 5 -> inMemory ? "xrstor" : "lfence";
            case 6 -> inMemory ? "xsaveopt" : "mfence";
            case 7 -> inMemory ? "clflush" : "sfence";
            default -> null;
        };
    }

    private String exchange() {
        int operand = next();
        boolean inMemory = operand >>> 6 != 3;
        return switch (operand < 0 ? -1 : operand >>> 3 & 7) {
            case 1 -> wide ? "cmpxchg16b" : "cmpxchg8b";
            case 3 -> "xrstors";
            case 4 -> "xsavec";
            case 5 -> "xsaves";
            case 6 -> inMemory ? pointer() : "rdrand";
            case 7 -> inMemory ? "vmptrst" : "rdseed";
            default -> null;
        };
    }

    private String pointer() {
        return switch (mandatoryPrefix) {
            case OPERAND_SIZE -> "vmclear";
            case REPEAT -> "vmxon";
            default -> "vmptrld";
        };
    }

    private int next() {
        int value = peek();
        position++;
        return value;
    }

    /** The byte at hand, or -1 behind the last. */
    private int peek() {
        return position < code.length ? Byte.toUnsignedInt(code[position]) : -1;
    }
}
