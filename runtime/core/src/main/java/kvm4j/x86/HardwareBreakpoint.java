package kvm4j.x86;

import java.util.Objects;

/**
 * A breakpoint in a debug register; Intel SDM volume 3, section 19.2; AMD APM volume 2, section
 * 13.1.1.
 *
 * @param address the linear address, a multiple of the length
 * @param trigger what sets it off
 * @param length how many bytes it watches: 1, 2, 4 or 8; 1 for {@link Trigger#EXECUTE}
 */
public record HardwareBreakpoint(long address, Trigger trigger, int length) {

    /** How many a processor has. */
    public static final int COUNT = 4;

    private static final int CONTROL_RESERVED = 1 << 10;
    private static final int CONTROL_SHIFT = 16;
    private static final int CONTROL_BITS = 4;

    /** What sets a breakpoint off. */
    public enum Trigger {
        /** The execution of the instruction that begins there. */
        EXECUTE(0b00),
        /** A write. */
        WRITE(0b01),
        /** A read or a write. */
        ACCESS(0b11);

        private final int code;

        Trigger(int code) {
            this.code = code;
        }
    }

    /**
     * A breakpoint.
     *
     * @throws IllegalArgumentException if the length is none that there is, or does not fit
     */
    public HardwareBreakpoint {
        Objects.requireNonNull(trigger);
        boolean exists = lengthCode(length) >= 0;
        if (!exists || (trigger == Trigger.EXECUTE ? length != 1 : address % length != 0)) {
            throw new IllegalArgumentException(
                    "no debug register can watch %d bytes at 0x%x for %s"
                            .formatted(length, address, trigger));
        }
    }

    /**
     * A breakpoint on an instruction.
     *
     * @param address its linear address
     * @return the breakpoint
     */
    public static HardwareBreakpoint execute(long address) {
        return new HardwareBreakpoint(address, Trigger.EXECUTE, 1);
    }

    /**
     * The bits of DR7 that switch this on.
     *
     * @param number as which breakpoint, from 0 to {@link #COUNT} - 1
     * @return the bits
     */
    public long control(int number) {
        long settings = (long) lengthCode(length) << 2 | trigger.code;
        long enabled = 0b10L << 2 * number;
        return CONTROL_RESERVED | enabled | settings << CONTROL_SHIFT + CONTROL_BITS * number;
    }

    private static int lengthCode(int length) {
        return switch (length) {
            case 1 -> 0b00;
            case 2 -> 0b01;
            case 4 -> 0b11;
            case 8 -> 0b10;
            default -> -1;
        };
    }
}
