package kvm4j.machine;

import kvm4j.kvm.Vcpu;
import kvm4j.memory.GuestMemory;
import kvm4j.x86.Bytes;
import kvm4j.x86.InstructionName;
import kvm4j.x86.Registers;
import kvm4j.x86.Segment;
import kvm4j.x86.SpecialRegisters;

import java.util.HexFormat;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Where a vCPU was when its guest failed.
 *
 * @param vcpu the vCPU's number
 * @param registers the general purpose registers
 * @param specialRegisters the segment, descriptor-table and control registers
 * @param code the bytes at RIP in hexadecimal, at most {@value #CODE_BYTES} of them; empty where
 *     RIP does not lead to memory
 */
public record CrashReport(
        int vcpu, Registers registers, SpecialRegisters specialRegisters, String code) {

    /** How many bytes at RIP are reported: one more than the longest instruction has. */
    public static final int CODE_BYTES = 16;

    private static final HexFormat SPACED = HexFormat.ofDelimiter(" ");

    /**
     * Where a vCPU is.
     *
     * @param vcpu the vCPU, out of the guest
     * @param memory the guest's memory
     * @return the report
     * @throws kvm4j.linux.LinuxException if the kernel refuses to tell
     */
    public static CrashReport of(Vcpu vcpu, GuestMemory memory) {
        Registers registers = vcpu.registers();
        SpecialRegisters special = vcpu.specialRegisters();
        long linear = special.cs().base() + registers.rip();
        return new CrashReport(vcpu.id(), registers, special, code(vcpu, memory, linear));
    }

    /** An instruction may go on in another page, which may be anywhere. */
    private static String code(Vcpu vcpu, GuestMemory memory, long linear) {
        int inFirst = (int) Math.min(CODE_BYTES, GuestMemory.PAGE_SIZE - offsetInPage(linear));
        String code = bytes(vcpu, memory, linear, inFirst);
        return code.isEmpty() || inFirst == CODE_BYTES
                ? code
                : (code + " " + bytes(vcpu, memory, linear + inFirst, CODE_BYTES - inFirst))
                        .strip();
    }

    private static long offsetInPage(long linear) {
        return linear & GuestMemory.PAGE_SIZE - 1;
    }

    /** The bytes of one page, if there is memory. */
    private static String bytes(Vcpu vcpu, GuestMemory memory, long linear, int length) {
        OptionalLong gpa = vcpu.translate(linear);
        try {
            return gpa.isPresent() && memory.contains(gpa.getAsLong(), length)
                    ? SPACED.formatHex(memory.read(gpa.getAsLong(), length))
                    : "";
        } catch (InternalError gone) {
            return ""; // the file behind the memory was cut off: what the guest did says more
        }
    }

    /** At the end of a sentence: {@code at RIP 0x100003 (0f 0b ...) on vCPU 0}. */
    String where() {
        if (isAtResetVector()) {
            return " on vCPU %d, now at its reset vector: kvm_amd forgets where it happened"
                    .formatted(vcpu);
        }
        return place() + " on vCPU " + vcpu;
    }

    /** In the midst of a sentence: {@code at RIP 0x100003 (0f 0b ...)}. */
    String place() {
        String bytes = code.isEmpty() ? "no memory there" : code;
        return " at RIP 0x%x (%s)".formatted(registers.rip(), bytes);
    }

    /**
     * The name of the instruction that the vCPU was at.
     *
     * @param told its bytes as the kernel told them; those at RIP serve where it told none
     */
    Optional<String> instruction(Bytes told) {
        byte[] bytes = told.size() == 0 ? SPACED.parseHex(code) : told.toArray();
        return InstructionName.of(bytes, addressWidth());
    }

    private int addressWidth() {
        Segment cs = specialRegisters.cs();
        boolean longMode = (specialRegisters.efer() & SpecialRegisters.EFER_LMA) != 0;
        return longMode && cs.longMode() ? 64 : cs.large() ? 32 : 16;
    }

    /**
     * After a shutdown the state that an AMD processor saved is undefined (APM volume 2, section
     * 15.14.3), so kvm_amd resets the vCPU.
     */
    private boolean isAtResetVector() {
        return specialRegisters.cs().base() == 0xffff_0000L && registers.rip() == 0xfff0;
    }

    /**
     * All of it, in lines for people.
     *
     * @return several lines, each with its end
     */
    public String describe() {
        return """
        RAX %016x  RBX %016x  RCX %016x  RDX %016x
        RSI %016x  RDI %016x  RBP %016x  RSP %016x
        R8  %016x  R9  %016x  R10 %016x  R11 %016x
        R12 %016x  R13 %016x  R14 %016x  R15 %016x
        RIP %016x  RFLAGS %08x
        CS %04x base %016x  SS %04x base %016x  DS %04x base %016x
        CR0 %08x  CR2 %016x  CR3 %016x  CR4 %08x  EFER %04x
        GDT %016x limit %04x  IDT %016x limit %04x
        code %s
        """
                .formatted(
                        registers.rax(),
                        registers.rbx(),
                        registers.rcx(),
                        registers.rdx(),
                        registers.rsi(),
                        registers.rdi(),
                        registers.rbp(),
                        registers.rsp(),
                        registers.r8(),
                        registers.r9(),
                        registers.r10(),
                        registers.r11(),
                        registers.r12(),
                        registers.r13(),
                        registers.r14(),
                        registers.r15(),
                        registers.rip(),
                        registers.rflags(),
                        specialRegisters.cs().selector(),
                        specialRegisters.cs().base(),
                        specialRegisters.ss().selector(),
                        specialRegisters.ss().base(),
                        specialRegisters.ds().selector(),
                        specialRegisters.ds().base(),
                        specialRegisters.cr0(),
                        specialRegisters.cr2(),
                        specialRegisters.cr3(),
                        specialRegisters.cr4(),
                        specialRegisters.efer(),
                        specialRegisters.gdt().base(),
                        specialRegisters.gdt().limit(),
                        specialRegisters.idt().base(),
                        specialRegisters.idt().limit(),
                        code.isEmpty() ? "not in memory" : code);
    }
}
