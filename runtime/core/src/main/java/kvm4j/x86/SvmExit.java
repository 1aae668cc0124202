package kvm4j.x86;

import java.util.HashMap;
import java.util.Map;

/**
 * An exit of SVM: the field EXITCODE of the VMCB (AMD APM volume 2, appendix C), with EXITINFO1 and
 * EXITINFO2 (15.7.1 and the sections of the single intercepts).
 *
 * @param code EXITCODE, as it is
 */
public record SvmExit(long code) implements HardwareExit {

    private static final int EXCEPTION = 0x40;

    private static final int PAGE_FAULT = EXCEPTION + 14;
    private static final int CR_WRITE = 0x10;
    private static final int INVLPG = 0x79;
    private static final int IOIO = 0x7b;
    private static final int MSR = 0x7c;
    private static final int NPF = 0x400;

    private record Known(String name, String meaning) {}

    private static final Map<Long, Known> KNOWN = new HashMap<>();

    private static final String[] EXCEPTIONS = {
        "DE", "DB", "NMI", "BP", "OF", "BR", "UD", "NM", "DF", "CSO", "TS", "NP", "SS", "GP", "PF",
        "15", "MF", "AC", "MC", "XF", "VE", "CP", "22", "23", "24", "25", "26", "27", "HV", "VC",
        "SX", "31"
    };

    static {
        for (int register = 0; register < 16; register++) {
            know(register, "VMEXIT_CR%d_READ".formatted(register), "MOV from a control register");
            know(
                    CR_WRITE + register,
                    "VMEXIT_CR%d_WRITE".formatted(register),
                    "MOV to a control register");
            know(
                    0x20 + register,
                    "VMEXIT_DR%d_READ".formatted(register),
                    "MOV from a debug register");
            know(
                    0x30 + register,
                    "VMEXIT_DR%d_WRITE".formatted(register),
                    "MOV to a debug register");
        }
        for (int vector = 0; vector < EXCEPTIONS.length; vector++) {
            know(EXCEPTION + vector, "VMEXIT_EXCP_" + EXCEPTIONS[vector], "an exception");
        }
        know(0x60, "VMEXIT_INTR", "an interrupt of the host");
        know(0x61, "VMEXIT_NMI", "an NMI");
        know(0x62, "VMEXIT_SMI", "an SMI");
        know(0x63, "VMEXIT_INIT", "an INIT signal");
        know(0x64, "VMEXIT_VINTR", "the guest can take an interrupt now");
        know(0x65, "VMEXIT_CR0_SEL_WRITE", "a write to CR0 of more than TS and MP");
        know(0x66, "VMEXIT_IDTR_READ", "SIDT");
        know(0x67, "VMEXIT_GDTR_READ", "SGDT");
        know(0x68, "VMEXIT_LDTR_READ", "SLDT");
        know(0x69, "VMEXIT_TR_READ", "STR");
        know(0x6a, "VMEXIT_IDTR_WRITE", "LIDT");
        know(0x6b, "VMEXIT_GDTR_WRITE", "LGDT");
        know(0x6c, "VMEXIT_LDTR_WRITE", "LLDT");
        know(0x6d, "VMEXIT_TR_WRITE", "LTR");
        know(0x6e, "VMEXIT_RDTSC", "RDTSC");
        know(0x6f, "VMEXIT_RDPMC", "RDPMC");
        know(0x70, "VMEXIT_PUSHF", "PUSHF");
        know(0x71, "VMEXIT_POPF", "POPF");
        know(0x72, "VMEXIT_CPUID", "CPUID");
        know(0x73, "VMEXIT_RSM", "RSM");
        know(0x74, "VMEXIT_IRET", "IRET");
        know(0x75, "VMEXIT_SWINT", "INT n");
        know(0x76, "VMEXIT_INVD", "INVD");
        know(0x77, "VMEXIT_PAUSE", "PAUSE, or many of them in a loop");
        know(0x78, "VMEXIT_HLT", "HLT");
        know(INVLPG, "VMEXIT_INVLPG", "INVLPG");
        know(0x7a, "VMEXIT_INVLPGA", "INVLPGA");
        know(IOIO, "VMEXIT_IOIO", "IN, OUT, INS or OUTS");
        know(MSR, "VMEXIT_MSR", "RDMSR or WRMSR");
        know(0x7d, "VMEXIT_TASK_SWITCH", "a task switch");
        know(0x7e, "VMEXIT_FERR_FREEZE", "the FPU waits for an interrupt");
        know(0x7f, "VMEXIT_SHUTDOWN", "a shutdown: a triple fault, most often");
        know(0x80, "VMEXIT_VMRUN", "VMRUN");
        know(0x81, "VMEXIT_VMMCALL", "VMMCALL");
        know(0x82, "VMEXIT_VMLOAD", "VMLOAD");
        know(0x83, "VMEXIT_VMSAVE", "VMSAVE");
        know(0x84, "VMEXIT_STGI", "STGI");
        know(0x85, "VMEXIT_CLGI", "CLGI");
        know(0x86, "VMEXIT_SKINIT", "SKINIT");
        know(0x87, "VMEXIT_RDTSCP", "RDTSCP");
        know(0x88, "VMEXIT_ICEBP", "INT1");
        know(0x89, "VMEXIT_WBINVD", "WBINVD or WBNOINVD");
        know(0x8a, "VMEXIT_MONITOR", "MONITOR or MONITORX");
        know(0x8b, "VMEXIT_MWAIT", "MWAIT or MWAITX");
        know(0x8c, "VMEXIT_MWAIT_CONDITIONAL", "MWAIT with the monitor armed");
        know(0x8d, "VMEXIT_XSETBV", "XSETBV");
        know(0x8e, "VMEXIT_RDPRU", "RDPRU");
        know(0x8f, "VMEXIT_EFER_WRITE_TRAP", "a write to EFER, done");
        for (int register = 0; register < 16; register++) {
            know(
                    0x90 + register,
                    "VMEXIT_CR%d_WRITE_TRAP".formatted(register),
                    "a write to a control register, done");
        }
        know(0xa0, "VMEXIT_INVLPGB", "INVLPGB");
        know(0xa1, "VMEXIT_INVLPGB_ILLEGAL", "an INVLPGB that is not allowed");
        know(0xa2, "VMEXIT_INVPCID", "INVPCID");
        know(0xa3, "VMEXIT_MCOMMIT", "MCOMMIT");
        know(0xa4, "VMEXIT_TLBSYNC", "TLBSYNC");
        know(0xa5, "VMEXIT_BUSLOCK", "the guest locked the bus");
        know(0xa6, "VMEXIT_IDLE_HLT", "HLT with no interrupt pending");
        know(NPF, "VMEXIT_NPF", "a page that the nested page table does not map, or not so");
        know(0x401, "VMEXIT_AVIC_INCOMPLETE_IPI", "an interrupt to a processor that does not run");
        know(
                0x402,
                "VMEXIT_AVIC_NOACCEL",
                "an access to the local APIC that AVIC leaves to others");
        know(0x403, "VMEXIT_VMGEXIT", "VMGEXIT");
        know(0x8000_0001L, "VMGEXIT_MMIO_READ", "an encrypted guest reads a device's memory");
        know(0x8000_0002L, "VMGEXIT_MMIO_WRITE", "an encrypted guest writes a device's memory");
        know(0x8000_0003L, "VMGEXIT_NMI_COMPLETE", "an encrypted guest has handled an NMI");
        know(0x8000_0004L, "VMGEXIT_AP_HLT_LOOP", "an encrypted guest's processor waits");
        know(0x8000_0005L, "VMGEXIT_AP_JUMP_TABLE", "where encrypted processors start");
        know(0x8000_0010L, "VMGEXIT_PSC", "an encrypted guest changes the state of pages");
        know(0x8000_0011L, "VMGEXIT_GUEST_REQUEST", "an encrypted guest's request to firmware");
        know(0x8000_0012L, "VMGEXIT_EXT_GUEST_REQUEST", "the same, with certificates");
        know(0x8000_0013L, "VMGEXIT_AP_CREATION", "an encrypted guest makes a processor");
        know(0x8000_fffdL, "VMGEXIT_HV_FEATURES", "an encrypted guest asks what there is");
        know(0x8000_fffeL, "VMGEXIT_TERM_REQUEST", "an encrypted guest gives up");
        know(-1, "VMEXIT_INVALID", "the guest state in the VMCB is not valid");
        know(-2, "VMEXIT_BUSY", "the VMCB is in use");
    }

    private static void know(long code, String name, String meaning) {
        KNOWN.put(code, new Known(name, meaning));
    }

    @Override
    public String name() {
        Known known = KNOWN.get(code);
        return known == null ? "exit code 0x%x".formatted(code) : known.name;
    }

    @Override
    public String meaning() {
        Known known = KNOWN.get(code);
        return known == null ? "" : known.meaning;
    }

    @Override
    public String describe(long info1, long info2) {
        if (code >= 0 && code < CR_WRITE + 16 && info1 < 0) {
            String register = "CR" + (code & 15);
            GeneralRegister general = GeneralRegister.of(info1);
            return code < CR_WRITE
                    ? "MOV %s, %s".formatted(general, register)
                    : "MOV %s, %s".formatted(register, general);
        }
        return switch ((int) code) {
            case IOIO -> port(info1);
            case MSR -> (info1 & 1) == 0 ? "RDMSR" : "WRMSR";
            case NPF -> "%s, GPA 0x%x".formatted(access(info1), info2);
            case PAGE_FAULT -> "%s, address 0x%x".formatted(access(info1), info2);
            case INVLPG -> "address 0x%x".formatted(info1);
            default -> "";
        };
    }

    /** Section 15.10.2. */
    private static String port(long info1) {
        PortAccess access =
                new PortAccess(
                        (info1 & 1) != 0,
                        (info1 & 1 << 2) != 0,
                        (info1 & 1 << 3) != 0,
                        (int) (info1 >>> 4) & 7,
                        (int) (info1 >>> 16) & 0xffff);
        return access.toString();
    }

    /** The error code of a page fault (volume 2, 8.4.2). */
    private static String access(long error) {
        if ((error & 1 << 4) != 0) {
            return "fetch";
        }
        return (error & 1 << 1) != 0 ? "write" : "read";
    }
}
