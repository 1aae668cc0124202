package kvm4j.testing;

import kvm4j.machine.Outcome;

/**
 * How a guest under test has to end.
 *
 * @param device what its exit code is written to
 * @param code the code, as that device delivers it
 * @param mayHalt whether a halt for ever is an end as good
 */
record GuestEnd(ExitDevice device, int code, boolean mayHalt) {

    /** What {@code exit()} of kvm-unit-tests writes if all was skipped: 77. */
    private static final int SKIPPED = 77;

    /** What a guest writes its exit code to. */
    enum ExitDevice {
        /** The code is what the guest writes. */
        PLAIN,
        /** QEMU's isa-debug-exit: the code is twice what the guest writes, plus one. */
        QEMU
    }

    boolean isMetBy(Outcome outcome) {
        return switch (outcome) {
            case Outcome.Exited(int actual) -> actual == code;
            case Outcome.PoweredOff() -> true;
            case Outcome.Halted() -> mayHalt;
            default -> false;
        };
    }

    boolean saysSkipped(Outcome outcome) {
        return device == ExitDevice.QEMU
                && outcome instanceof Outcome.Exited(int actual)
                && actual == SKIPPED * 2 + 1
                && actual != code;
    }

    String describe() {
        return "exit code " + code + (mayHalt ? ", a halt" : "") + " or power off";
    }
}
