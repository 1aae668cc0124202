package kvm4j.x86;

/**
 * The debug registers that the guest itself uses; Intel SDM volume 3, section 19.2. Breakpoints
 * from outside: {@link HardwareBreakpoint}.
 *
 * @param dr0 address of breakpoint 0
 * @param dr1 address of breakpoint 1
 * @param dr2 address of breakpoint 2
 * @param dr3 address of breakpoint 3
 * @param dr6 status
 * @param dr7 control
 */
public record DebugRegisters(long dr0, long dr1, long dr2, long dr3, long dr6, long dr7) {

    /** The registers, values in hexadecimal. */
    @Override
    public String toString() {
        return "DebugRegisters[dr0=0x%x, dr1=0x%x, dr2=0x%x, dr3=0x%x, dr6=0x%x, dr7=0x%x]"
                .formatted(dr0, dr1, dr2, dr3, dr6, dr7);
    }
}
