package kvm4j.x86;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * An exit of VMX: the field <i>exit reason</i> of the VMCS (Intel SDM volume 3, 28.2.1 and appendix
 * C), with its exit qualification (28.2.1, tables 28-1 to 28-7).
 *
 * @param reason the whole field of 32 bits: the basic reason in bits 15:0, and in bit 31 whether
 *     the VM entry failed
 */
public record VmxExit(int reason) implements HardwareExit {

    private static final int ENTRY_FAILURE = 1 << 31;

    /** A basic exit reason of appendix C. */
    private enum Basic {
        EXCEPTION_NMI(0, "an exception that the hypervisor wants to see, or an NMI"),
        EXTERNAL_INTERRUPT(1, "an interrupt of the host"),
        TRIPLE_FAULT(2, "a fault while a double fault was delivered"),
        INIT_SIGNAL(3, "an INIT signal"),
        SIPI_SIGNAL(4, "a start-up interrupt"),
        IO_SMI(5, "an SMI after an I/O instruction"),
        OTHER_SMI(6, "an SMI"),
        INTERRUPT_WINDOW(7, "the guest can take an interrupt now"),
        NMI_WINDOW(8, "the guest can take an NMI now"),
        TASK_SWITCH(9, "a task switch"),
        CPUID(10, "CPUID"),
        GETSEC(11, "GETSEC"),
        HLT(12, "HLT"),
        INVD(13, "INVD"),
        INVLPG(14, "INVLPG"),
        RDPMC(15, "RDPMC"),
        RDTSC(16, "RDTSC"),
        RSM(17, "RSM"),
        VMCALL(18, "VMCALL"),
        VMCLEAR(19, "VMCLEAR"),
        VMLAUNCH(20, "VMLAUNCH"),
        VMPTRLD(21, "VMPTRLD"),
        VMPTRST(22, "VMPTRST"),
        VMREAD(23, "VMREAD"),
        VMRESUME(24, "VMRESUME"),
        VMWRITE(25, "VMWRITE"),
        VMXOFF(26, "VMXOFF"),
        VMXON(27, "VMXON"),
        CR_ACCESS(28, "an access to a control register"),
        DR_ACCESS(29, "an access to a debug register"),
        IO_INSTRUCTION(30, "IN, OUT, INS or OUTS"),
        MSR_READ(31, "RDMSR"),
        MSR_WRITE(32, "WRMSR"),
        INVALID_STATE(33, "the guest state in the VMCS is not valid"),
        MSR_LOAD_FAIL(34, "an MSR could not be loaded at entry"),
        MWAIT_INSTRUCTION(36, "MWAIT"),
        MONITOR_TRAP_FLAG(37, "one instruction was executed, as asked"),
        MONITOR_INSTRUCTION(39, "MONITOR"),
        PAUSE_INSTRUCTION(40, "PAUSE, or many of them in a loop"),
        MCE_DURING_VMENTRY(41, "a machine check at entry"),
        TPR_BELOW_THRESHOLD(43, "the task priority fell below its threshold"),
        APIC_ACCESS(44, "an access to the page of the local APIC"),
        EOI_INDUCED(45, "the end of an interrupt that the hypervisor wants to see"),
        GDTR_IDTR(46, "LGDT, LIDT, SGDT or SIDT"),
        LDTR_TR(47, "LLDT, LTR, SLDT or STR"),
        EPT_VIOLATION(48, "a page that the EPT does not map, or not so"),
        EPT_MISCONFIG(49, "an EPT entry that is invalid on purpose: MMIO"),
        INVEPT(50, "INVEPT"),
        RDTSCP(51, "RDTSCP"),
        PREEMPTION_TIMER(52, "the VMX-preemption timer ran out"),
        INVVPID(53, "INVVPID"),
        WBINVD(54, "WBINVD or WBNOINVD"),
        XSETBV(55, "XSETBV"),
        APIC_WRITE(56, "a write to the virtual APIC, done"),
        RDRAND(57, "RDRAND"),
        INVPCID(58, "INVPCID"),
        VMFUNC(59, "VMFUNC"),
        ENCLS(60, "ENCLS"),
        RDSEED(61, "RDSEED"),
        PML_FULL(62, "the log of dirty pages is full"),
        XSAVES(63, "XSAVES"),
        XRSTORS(64, "XRSTORS"),
        PCONFIG(65, "PCONFIG"),
        SPP_RELATED(66, "sub-page permissions"),
        UMWAIT(67, "UMWAIT"),
        TPAUSE(68, "TPAUSE"),
        LOADIWKEY(69, "LOADIWKEY"),
        ENCLV(70, "ENCLV"),
        ENQCMD_PASID(72, "ENQCMD without a PASID translation"),
        ENQCMDS_PASID(73, "ENQCMDS without a PASID translation"),
        BUS_LOCK(74, "the guest locked the bus"),
        NOTIFY(75, "the guest let no event in for too long"),
        SEAMCALL(76, "SEAMCALL"),
        TDCALL(77, "TDCALL"),
        RDMSRLIST(78, "RDMSRLIST"),
        WRMSRLIST(79, "WRMSRLIST"),
        MSR_READ_IMM(84, "RDMSR of an MSR that the instruction names"),
        MSR_WRITE_IMM(85, "WRMSRNS of an MSR that the instruction names");

        private static final Map<Integer, Basic> BY_CODE = new HashMap<>();

        static {
            Arrays.stream(values()).forEach(basic -> BY_CODE.put(basic.code, basic));
        }

        private final int code;
        private final String meaning;

        Basic(int code, String meaning) {
            this.code = code;
            this.meaning = meaning;
        }
    }

    @Override
    public long code() {
        return reason & 0xffff;
    }

    /**
     * Whether the guest was not entered at all, because the entry failed.
     *
     * @return bit 31
     */
    public boolean isEntryFailure() {
        return (reason & ENTRY_FAILURE) != 0;
    }

    @Override
    public String name() {
        Basic basic = basic();
        String name = basic == null ? "exit reason " + code() : basic.name();
        return isEntryFailure() ? name + " FAILED_VMENTRY" : name;
    }

    @Override
    public String meaning() {
        Basic basic = basic();
        return basic == null ? "" : basic.meaning;
    }

    private Basic basic() {
        return Basic.BY_CODE.get((int) code());
    }

    @Override
    public String describe(long qualification, long vectoring) {
        return switch (basic()) {
            case IO_INSTRUCTION -> port(qualification);
            case CR_ACCESS -> controlRegister(qualification);
            case DR_ACCESS -> debugRegister(qualification);
            case EPT_VIOLATION -> memory(qualification);
            case INVLPG -> "address 0x%x".formatted(qualification);
            case APIC_ACCESS -> "offset 0x%x".formatted(qualification & 0xfff);
            case APIC_WRITE -> "offset 0x%x".formatted(qualification & 0xfff);
            case EOI_INDUCED -> "vector %d".formatted(qualification & 0xff);
            case TASK_SWITCH -> "to the TSS 0x%x".formatted(qualification & 0xffff);
            case null, default -> "";
        };
    }

    /** Table 28-5. */
    private static String port(long qualification) {
        PortAccess access =
                new PortAccess(
                        (qualification & 1 << 3) != 0,
                        (qualification & 1 << 4) != 0,
                        (qualification & 1 << 5) != 0,
                        (int) (qualification & 7) + 1,
                        (int) (qualification >>> 16) & 0xffff);
        return access.toString();
    }

    /** Table 28-3. */
    private static String controlRegister(long qualification) {
        String register = "CR" + (qualification & 15);
        GeneralRegister general = GeneralRegister.of(qualification >>> 8);
        return switch ((int) (qualification >>> 4) & 3) {
            case 0 -> "MOV %s, %s".formatted(register, general);
            case 1 -> "MOV %s, %s".formatted(general, register);
            case 2 -> "CLTS";
            default -> "LMSW 0x%x".formatted(qualification >>> 16 & 0xffff);
        };
    }

    /** Table 28-4. */
    private static String debugRegister(long qualification) {
        String register = "DR" + (qualification & 7);
        GeneralRegister general = GeneralRegister.of(qualification >>> 8);
        return (qualification & 1 << 4) == 0
                ? "MOV %s, %s".formatted(register, general)
                : "MOV %s, %s".formatted(general, register);
    }

    /** Table 28-7. */
    private static String memory(long qualification) {
        if ((qualification & 4) != 0) {
            return "fetch";
        }
        return (qualification & 2) != 0 ? "write" : "read";
    }
}
