package kvm4j.machine;

import kvm4j.kvm.VmExit;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * How a machine ended.
 *
 * {@snippet :
 * int status = switch (machine.run()) {
 *     case Outcome.Exited(int code) -> code;
 *     case Outcome.Halted() -> 0;
 *     case Outcome.TripleFault(CrashReport report) -> 1;
 *     case Outcome other -> 2;
 * };
 * }
 */
public sealed interface Outcome {

    /**
     * One line that says how the machine ended, for people.
     *
     * @return the line, without its end
     */
    String describe();

    /**
     * Where the guest was, as far as the outcome knows.
     *
     * @return a report for each vCPU that it knows of; none of an end that tells nothing of where
     *     it was, such as an exit code
     */
    default List<CrashReport> reports() {
        return switch (this) {
            case TripleFault(CrashReport report) -> List.of(report);
            case InternalError(_, CrashReport report) -> List.of(report);
            case FailedEntry(_, CrashReport report) -> List.of(report);
            case TimeLimitReached(_, List<VcpuPosition> positions) ->
                    positions.stream().map(VcpuPosition::report).flatMap(Optional::stream).toList();
            default -> List.of();
        };
    }

    /**
     * The guest wrote its exit code to the debug-exit port.
     *
     * @param code what it wrote, at the width at which it did: an unsigned number of 8, 16 or 32
     *     bits, so that a code from 2^31 on is negative here ({@link Integer#toUnsignedLong})
     */
    record Exited(int code) implements Outcome {
        @Override
        public String describe() {
            return "the guest exited with code " + Integer.toUnsignedString(code);
        }
    }

    /**
     * The guest executed HLT, and nothing can wake it: the machine has no interrupt controllers, or
     * all of its processors halted with interrupts off, or wait for one of the others to start
     * them.
     */
    record Halted() implements Outcome {
        @Override
        public String describe() {
            return "the guest halted";
        }
    }

    /**
     * The guest turned the machine off: by ACPI's sleep state S5 (ACPI 6.5, section 4.8.3.2.1), in
     * a way of {@link kvm4j.device.PowerOffPorts}, or by an exit {@code KVM_SYSTEM_EVENT_SHUTDOWN}.
     */
    record PoweredOff() implements Outcome {
        @Override
        public String describe() {
            return "the guest turned the machine off";
        }
    }

    /** The guest reset the machine, which does not start again. */
    record Reset() implements Outcome {
        @Override
        public String describe() {
            return "the guest reset the machine";
        }
    }

    /** The guest's kernel said, through pvpanic or a Hyper-V crash MSR, that it has panicked. */
    record Panicked() implements Outcome {
        @Override
        public String describe() {
            return "the guest's kernel panicked";
        }
    }

    /**
     * The guest shut its processor down: a fault while delivering a double fault (Intel SDM volume
     * 3, section 6.15, interrupt 8).
     *
     * @param report where it was
     */
    record TripleFault(CrashReport report) implements Outcome {
        @Override
        public String describe() {
            return "triple fault" + report.where();
        }
    }

    /**
     * KVM could not go on: {@code KVM_EXIT_INTERNAL_ERROR}.
     *
     * @param error what it could not do
     * @param report where the guest was
     */
    record InternalError(VmExit.InternalError error, CrashReport report) implements Outcome {
        @Override
        public String describe() {
            String kind = error.kind().name().toLowerCase(Locale.ROOT).replace('_', ' ');
            return "KVM internal error: " + kind + ofInstruction() + report.where();
        }

        private String ofInstruction() {
            return error.kind() == VmExit.InternalError.Kind.EMULATION
                    ? report.instruction(error.instruction()).map(" of "::concat).orElse("")
                    : "";
        }
    }

    /**
     * The hardware refused to enter the guest: {@code KVM_EXIT_FAIL_ENTRY}.
     *
     * @param hardwareReason the VM-entry failure reason, or {@code EXIT_INVALID} of SVM
     * @param report the state that it refused
     */
    record FailedEntry(long hardwareReason, CrashReport report) implements Outcome {
        @Override
        public String describe() {
            return "the processor refused to enter the guest, hardware reason 0x%x%s"
                    .formatted(hardwareReason, report.where());
        }
    }

    /**
     * The time limit passed first.
     *
     * @param limit the limit
     * @param positions where each vCPU was then
     */
    record TimeLimitReached(Duration limit, List<VcpuPosition> positions) implements Outcome {

        private static final int POSITIONS_TOLD = 4;
        private static final long NANOSECONDS = 1_000_000_000;

        /** Copies the list. */
        public TimeLimitReached {
            positions = List.copyOf(positions);
        }

        @Override
        public String describe() {
            String where =
                    positions.stream()
                            .limit(POSITIONS_TOLD)
                            .map(VcpuPosition::describe)
                            .collect(Collectors.joining("; "));
            String more = positions.size() > POSITIONS_TOLD ? "; ..." : "";
            return "the time limit of "
                    + seconds(limit)
                    + " s passed"
                    + (where.isEmpty() ? "" : ": " + where + more);
        }

        private static String seconds(Duration limit) {
            String billionths = Long.toString(NANOSECONDS + limit.getNano()).substring(1);
            String fraction = billionths.replaceAll("0+$", "");
            return limit.getSeconds() + (fraction.isEmpty() ? "" : "." + fraction);
        }
    }

    /** The host stopped the machine. */
    record Stopped() implements Outcome {
        @Override
        public String describe() {
            return "the machine was stopped";
        }
    }

    /**
     * The host could not go on: a system call failed, a device threw, or KVM made an exit that the
     * machine has no part for.
     *
     * @param source which part of the machine failed, such as {@code vCPU 0}, {@code device at port
     *     0x80} or {@code standard output}
     * @param cause why
     */
    record HostError(String source, Throwable cause) implements Outcome {
        @Override
        public String describe() {
            String reason = cause.getMessage() == null ? cause.toString() : cause.getMessage();
            return reason.startsWith(source) ? reason : source + ": " + reason;
        }
    }
}
