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

    /**
     * The exit code, as the device delivers it, by which kvm-unit-tests say that all was skipped.
     */
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
                && actual == SKIPPED
                && actual != code;
    }

    String describe() {
        return "exit code " + code + (mayHalt ? ", a halt" : "") + " or power off";
    }
}
