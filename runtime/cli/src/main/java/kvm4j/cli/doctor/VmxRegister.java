package kvm4j.cli.doctor;

import java.util.ArrayList;
import java.util.List;

/**
 * The MSRs in which a processor says what its VMX can do: Intel SDM volume 3, appendix A.
 *
 * <p>A control register has 32 bits that tell which controls may be 0 (those clear) and above them
 * 32 that tell which may be 1 (those set). The others have one bit for each ability.
 */
enum VmxRegister {
    /** Appendix A.1. */
    BASIC(
            0x480,
            Form.ABILITIES,
            bit(48, "addresses limited to 32 bits"),
            bit(49, "dual-monitor treatment of SMM"),
            bit(54, "information about INS and OUTS exits"),
            bit(55, "TRUE control registers"),
            bit(56, "exceptions with any error code")),

    /** Appendix A.3.1. */
    PINBASED_CTLS(
            0x481,
            Form.CONTROLS,
            bit(0, "external-interrupt exiting"),
            bit(3, "NMI exiting"),
            bit(5, "virtual NMIs"),
            bit(6, "VMX-preemption timer"),
            bit(7, "posted interrupts")),

    /** Appendix A.3.2. */
    PROCBASED_CTLS(
            0x482,
            Form.CONTROLS,
            bit(2, "interrupt-window exiting"),
            bit(3, "TSC offsetting"),
            bit(7, "HLT exiting"),
            bit(9, "INVLPG exiting"),
            bit(10, "MWAIT exiting"),
            bit(11, "RDPMC exiting"),
            bit(12, "RDTSC exiting"),
            bit(15, "CR3-load exiting"),
            bit(16, "CR3-store exiting"),
            bit(17, "tertiary controls"),
            bit(19, "CR8-load exiting"),
            bit(20, "CR8-store exiting"),
            bit(21, "TPR shadow"),
            bit(22, "NMI-window exiting"),
            bit(23, "MOV-DR exiting"),
            bit(24, "unconditional I/O exiting"),
            bit(25, "I/O bitmaps"),
            bit(27, "monitor trap flag"),
            bit(28, "MSR bitmaps"),
            bit(29, "MONITOR exiting"),
            bit(30, "PAUSE exiting"),
            bit(31, "secondary controls")),

    /** Appendix A.3.3. */
    PROCBASED_CTLS2(
            0x48b,
            Form.CONTROLS,
            bit(0, "virtualize APIC accesses"),
            bit(1, "EPT"),
            bit(2, "descriptor-table exiting"),
            bit(3, "RDTSCP"),
            bit(4, "virtualize x2APIC mode"),
            bit(5, "VPID"),
            bit(6, "WBINVD exiting"),
            bit(7, "unrestricted guest"),
            bit(8, "APIC-register virtualization"),
            bit(9, "virtual-interrupt delivery"),
            bit(10, "PAUSE-loop exiting"),
            bit(11, "RDRAND exiting"),
            bit(12, "INVPCID"),
            bit(13, "VM functions"),
            bit(14, "VMCS shadowing"),
            bit(15, "ENCLS exiting"),
            bit(16, "RDSEED exiting"),
            bit(17, "page-modification logging"),
            bit(18, "EPT-violation #VE"),
            bit(19, "conceal VMX from PT"),
            bit(20, "XSAVES and XRSTORS"),
            bit(22, "mode-based execute control for EPT"),
            bit(23, "sub-page write permissions for EPT"),
            bit(24, "PT uses guest-physical addresses"),
            bit(25, "TSC scaling"),
            bit(26, "user wait and pause"),
            bit(27, "PCONFIG"),
            bit(28, "ENCLV exiting"),
            bit(30, "bus-lock detection"),
            bit(31, "instruction timeout")),

    /** Appendix A.4.1. */
    EXIT_CTLS(
            0x483,
            Form.CONTROLS,
            bit(2, "save debug controls"),
            bit(9, "host address-space size"),
            bit(12, "load IA32_PERF_GLOBAL_CTRL"),
            bit(15, "acknowledge interrupt on exit"),
            bit(18, "save IA32_PAT"),
            bit(19, "load IA32_PAT"),
            bit(20, "save IA32_EFER"),
            bit(21, "load IA32_EFER"),
            bit(22, "save VMX-preemption timer"),
            bit(23, "clear IA32_BNDCFGS"),
            bit(24, "conceal VMX from PT"),
            bit(25, "clear IA32_RTIT_CTL"),
            bit(26, "clear IA32_LBR_CTL"),
            bit(28, "load CET state"),
            bit(29, "load PKRS"),
            bit(30, "save IA32_PERF_GLOBAL_CTRL"),
            bit(31, "secondary exit controls")),

    /** Appendix A.5. */
    ENTRY_CTLS(
            0x484,
            Form.CONTROLS,
            bit(2, "load debug controls"),
            bit(9, "IA-32e mode guest"),
            bit(10, "entry to SMM"),
            bit(11, "deactivate dual-monitor treatment"),
            bit(13, "load IA32_PERF_GLOBAL_CTRL"),
            bit(14, "load IA32_PAT"),
            bit(15, "load IA32_EFER"),
            bit(16, "load IA32_BNDCFGS"),
            bit(17, "conceal VMX from PT"),
            bit(18, "load IA32_RTIT_CTL"),
            bit(20, "load CET state"),
            bit(21, "load IA32_LBR_CTL"),
            bit(22, "load PKRS")),

    /** Appendix A.6. */
    MISC(
            0x485,
            Form.ABILITIES,
            bit(5, "store EFER.LMA on exit"),
            bit(6, "activity state HLT"),
            bit(7, "activity state shutdown"),
            bit(8, "activity state wait-for-SIPI"),
            bit(14, "PT in VMX operation"),
            bit(15, "IA32_SMBASE readable in SMM"),
            bit(28, "SMIs blocked by VMXOFF can be unblocked"),
            bit(29, "VMWRITE to any field"),
            bit(30, "injection with instruction length 0")),

    /** Appendix A.10. */
    EPT_VPID_CAP(
            0x48c,
            Form.ABILITIES,
            bit(0, "execute-only pages"),
            bit(6, "page walks of 4 levels"),
            bit(7, "page walks of 5 levels"),
            bit(8, "uncacheable tables"),
            bit(14, "write-back tables"),
            bit(16, "2 MiB pages"),
            bit(17, "1 GiB pages"),
            bit(20, "INVEPT"),
            bit(21, "accessed and dirty flags"),
            bit(22, "advanced information about EPT violations"),
            bit(23, "supervisor shadow stacks"),
            bit(25, "INVEPT of one context"),
            bit(26, "INVEPT of all contexts"),
            bit(32, "INVVPID"),
            bit(40, "INVVPID of one address"),
            bit(41, "INVVPID of one context"),
            bit(42, "INVVPID of all contexts"),
            bit(43, "INVVPID of one context but for globals"));

    private enum Form {
        CONTROLS,
        ABILITIES
    }

    private record Bit(int number, String name) {}

    private final int index;
    private final Form form;
    private final List<Bit> bits;

    VmxRegister(int index, Form form, Bit... bits) {
        this.index = index;
        this.form = form;
        this.bits = List.of(bits);
    }

    private static Bit bit(int number, String name) {
        return new Bit(number, name);
    }

    /** The number that RDMSR takes. */
    int index() {
        return index;
    }

    /** The name in the manual. */
    String symbol() {
        return "IA32_VMX_" + name();
    }

    /** What a value of this register says. */
    FeatureRegister decode(long value) {
        List<String> available = new ArrayList<>();
        List<String> fixed = new ArrayList<>();
        List<String> missing = new ArrayList<>();
        for (Bit bit : bits) {
            list(value, bit.number, available, fixed, missing).add(bit.name);
        }
        return new FeatureRegister(
                symbol(),
                "0x%x".formatted(index),
                "0x%016x".formatted(value),
                describe(value),
                available,
                fixed,
                missing);
    }

    private List<String> list(
            long value, int bit, List<String> available, List<String> fixed, List<String> missing) {
        return switch (form) {
            case ABILITIES -> isSet(value, bit) ? available : missing;
            case CONTROLS ->
                    isSet(value, bit) ? fixed : isSet(value, 32 + bit) ? available : missing;
        };
    }

    private static boolean isSet(long value, int bit) {
        return (value >>> bit & 1) != 0;
    }

    /** The fields that are numbers. */
    private String describe(long value) {
        return switch (this) {
            case BASIC ->
                    "VMCS revision 0x%x, %d bytes, memory type %s"
                            .formatted(
                                    value & 0x7fff_ffff,
                                    value >>> 32 & 0x1fff,
                                    (value >>> 50 & 0xf) == 6 ? "write-back" : "uncacheable");
            case MISC ->
                    ("preemption timer ticks every %d TSC ticks, %d CR3 targets,"
                                    + " %d MSRs to load or store")
                            .formatted(
                                    1L << (value & 0x1f),
                                    value >>> 16 & 0x1ff,
                                    512 * (1 + (value >>> 25 & 7)));
            default -> null;
        };
    }
}
