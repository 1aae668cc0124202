package kvm4j.x86;

/**
 * The general purpose registers of a processor; Intel SDM volume 1, section 3.4.
 *
 * @param rax register RAX
 * @param rbx register RBX
 * @param rcx register RCX
 * @param rdx register RDX
 * @param rsi register RSI
 * @param rdi register RDI
 * @param rsp the stack pointer
 * @param rbp register RBP
 * @param r8 register R8
 * @param r9 register R9
 * @param r10 register R10
 * @param r11 register R11
 * @param r12 register R12
 * @param r13 register R13
 * @param r14 register R14
 * @param r15 register R15
 * @param rip the instruction pointer
 * @param rflags the flags; bit 1 is always set
 */
public record Registers(
        long rax,
        long rbx,
        long rcx,
        long rdx,
        long rsi,
        long rdi,
        long rsp,
        long rbp,
        long r8,
        long r9,
        long r10,
        long r11,
        long r12,
        long r13,
        long r14,
        long r15,
        long rip,
        long rflags) {

    /** RFLAGS with nothing set but the bit that always is. */
    public static final long RFLAGS_RESERVED = 1L << 1;

    /** The interrupt flag of RFLAGS. */
    public static final long RFLAGS_IF = 1L << 9;

    /** All zero, interrupts off: what to build an entry state from. */
    public static final Registers CLEARED =
            new Registers(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, RFLAGS_RESERVED);

    /**
     * These registers with another RAX.
     *
     * @param value the new value
     * @return a copy
     */
    public Registers withRax(long value) {
        return new Registers(
                value, rbx, rcx, rdx, rsi, rdi, rsp, rbp, r8, r9, r10, r11, r12, r13, r14, r15, rip,
                rflags);
    }

    /**
     * These registers with another RBX.
     *
     * @param value the new value
     * @return a copy
     */
    public Registers withRbx(long value) {
        return new Registers(
                rax, value, rcx, rdx, rsi, rdi, rsp, rbp, r8, r9, r10, r11, r12, r13, r14, r15, rip,
                rflags);
    }

    /**
     * These registers with another RCX.
     *
     * @param value the new value
     * @return a copy
     */
    public Registers withRcx(long value) {
        return new Registers(
                rax, rbx, value, rdx, rsi, rdi, rsp, rbp, r8, r9, r10, r11, r12, r13, r14, r15, rip,
                rflags);
    }

    /**
     * These registers with another RDX.
     *
     * @param value the new value
     * @return a copy
     */
    public Registers withRdx(long value) {
        return new Registers(
                rax, rbx, rcx, value, rsi, rdi, rsp, rbp, r8, r9, r10, r11, r12, r13, r14, r15, rip,
                rflags);
    }

    /**
     * These registers with another RSI.
     *
     * @param value the new value
     * @return a copy
     */
    public Registers withRsi(long value) {
        return new Registers(
                rax, rbx, rcx, rdx, value, rdi, rsp, rbp, r8, r9, r10, r11, r12, r13, r14, r15, rip,
                rflags);
    }

    /**
     * These registers with another RDI.
     *
     * @param value the new value
     * @return a copy
     */
    public Registers withRdi(long value) {
        return new Registers(
                rax, rbx, rcx, rdx, rsi, value, rsp, rbp, r8, r9, r10, r11, r12, r13, r14, r15, rip,
                rflags);
    }

    /**
     * These registers with another RSP.
     *
     * @param value the new value
     * @return a copy
     */
    public Registers withRsp(long value) {
        return new Registers(
                rax, rbx, rcx, rdx, rsi, rdi, value, rbp, r8, r9, r10, r11, r12, r13, r14, r15, rip,
                rflags);
    }

    /**
     * These registers with another RBP.
     *
     * @param value the new value
     * @return a copy
     */
    public Registers withRbp(long value) {
        return new Registers(
                rax, rbx, rcx, rdx, rsi, rdi, rsp, value, r8, r9, r10, r11, r12, r13, r14, r15, rip,
                rflags);
    }

    /**
     * These registers with another R8.
     *
     * @param value the new value
     * @return a copy
     */
    public Registers withR8(long value) {
        return new Registers(
                rax, rbx, rcx, rdx, rsi, rdi, rsp, rbp, value, r9, r10, r11, r12, r13, r14, r15,
                rip, rflags);
    }

    /**
     * These registers with another R9.
     *
     * @param value the new value
     * @return a copy
     */
    public Registers withR9(long value) {
        return new Registers(
                rax, rbx, rcx, rdx, rsi, rdi, rsp, rbp, r8, value, r10, r11, r12, r13, r14, r15,
                rip, rflags);
    }

    /**
     * These registers with another R10.
     *
     * @param value the new value
     * @return a copy
     */
    public Registers withR10(long value) {
        return new Registers(
                rax, rbx, rcx, rdx, rsi, rdi, rsp, rbp, r8, r9, value, r11, r12, r13, r14, r15, rip,
                rflags);
    }

    /**
     * These registers with another R11.
     *
     * @param value the new value
     * @return a copy
     */
    public Registers withR11(long value) {
        return new Registers(
                rax, rbx, rcx, rdx, rsi, rdi, rsp, rbp, r8, r9, r10, value, r12, r13, r14, r15, rip,
                rflags);
    }

    /**
     * These registers with another R12.
     *
     * @param value the new value
     * @return a copy
     */
    public Registers withR12(long value) {
        return new Registers(
                rax, rbx, rcx, rdx, rsi, rdi, rsp, rbp, r8, r9, r10, r11, value, r13, r14, r15, rip,
                rflags);
    }

    /**
     * These registers with another R13.
     *
     * @param value the new value
     * @return a copy
     */
    public Registers withR13(long value) {
        return new Registers(
                rax, rbx, rcx, rdx, rsi, rdi, rsp, rbp, r8, r9, r10, r11, r12, value, r14, r15, rip,
                rflags);
    }

    /**
     * These registers with another R14.
     *
     * @param value the new value
     * @return a copy
     */
    public Registers withR14(long value) {
        return new Registers(
                rax, rbx, rcx, rdx, rsi, rdi, rsp, rbp, r8, r9, r10, r11, r12, r13, value, r15, rip,
                rflags);
    }

    /**
     * These registers with another R15.
     *
     * @param value the new value
     * @return a copy
     */
    public Registers withR15(long value) {
        return new Registers(
                rax, rbx, rcx, rdx, rsi, rdi, rsp, rbp, r8, r9, r10, r11, r12, r13, r14, value, rip,
                rflags);
    }

    /**
     * These registers with another RIP.
     *
     * @param value the new value
     * @return a copy
     */
    public Registers withRip(long value) {
        return new Registers(
                rax, rbx, rcx, rdx, rsi, rdi, rsp, rbp, r8, r9, r10, r11, r12, r13, r14, r15, value,
                rflags);
    }

    /**
     * These registers with another RFLAGS.
     *
     * @param value the new value
     * @return a copy
     */
    public Registers withRflags(long value) {
        return new Registers(
                rax, rbx, rcx, rdx, rsi, rdi, rsp, rbp, r8, r9, r10, r11, r12, r13, r14, r15, rip,
                value);
    }

    /** The registers, values in hexadecimal. */
    @Override
    public String toString() {
        return """
        Registers[rax=0x%x, rbx=0x%x, rcx=0x%x, rdx=0x%x, rsi=0x%x, rdi=0x%x, rsp=0x%x, rbp=0x%x, \
        r8=0x%x, r9=0x%x, r10=0x%x, r11=0x%x, r12=0x%x, r13=0x%x, r14=0x%x, r15=0x%x, rip=0x%x, \
        rflags=0x%x]\
        """
                .formatted(
                        rax, rbx, rcx, rdx, rsi, rdi, rsp, rbp, r8, r9, r10, r11, r12, r13, r14,
                        r15, rip, rflags);
    }
}
