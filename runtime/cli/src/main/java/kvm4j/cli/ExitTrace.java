package kvm4j.cli;

import kvm4j.kvm.ExitReason;
import kvm4j.kvm.KvmRun;
import kvm4j.kvm.Vcpu;
import kvm4j.machine.ExitObserver;
import kvm4j.machine.MachineBuilder;

import java.io.PrintWriter;
import java.util.Locale;

/** Prints a line for each exit, of all vCPUs. */
final class ExitTrace implements ExitObserver, Watch {

    private final PrintWriter out;
    private final long start = System.nanoTime();

    ExitTrace(PrintWriter out) {
        this.out = out;
    }

    @Override
    public void watch(MachineBuilder builder) {
        builder.observer(this);
    }

    @Override
    public void exited(Vcpu vcpu, ExitReason reason) {
        long rip = vcpu.registers().rip();
        String what = describe(vcpu.exit(), reason);
        // the clock is read in turn, so that the times of several vCPUs' lines ascend
        synchronized (this) {
            double seconds = (System.nanoTime() - start) / 1e9;
            out.printf(
                    Locale.ROOT, "[%12.6f] vcpu %d rip 0x%x %s%n", seconds, vcpu.id(), rip, what);
        }
    }

    private static String describe(KvmRun exit, ExitReason reason) {
        return switch (reason) {
            case IO -> "IO " + describePort(exit);
            case MMIO -> "MMIO " + describeAddress(exit);
            case UNRECOGNISED -> "exit reason " + exit.exitCode();
            default -> reason.name();
        };
    }

    private static String describePort(KvmRun exit) {
        StringBuilder line = new StringBuilder();
        line.append(exit.ioIsOut() ? "out" : "in").append(" 0x%x".formatted(exit.ioPort()));
        line.append(", ").append(bytes(exit.ioSize()));
        if (exit.ioCount() != 1) {
            line.append(" times ").append(exit.ioCount());
        }
        if (exit.ioIsOut()) {
            line.append(": 0x%x".formatted(exit.ioValue(0)));
        }
        return line.toString();
    }

    private static String describeAddress(KvmRun exit) {
        String access =
                "%s 0x%x, %s"
                        .formatted(
                                exit.mmioIsWrite() ? "write" : "read",
                                exit.mmioAddress(),
                                bytes(exit.mmioLength()));
        return exit.mmioIsWrite() ? access + ": 0x%x".formatted(exit.mmioValue()) : access;
    }

    private static String bytes(int count) {
        return count == 1 ? "1 byte" : count + " bytes";
    }
}
