package kvm4j.testing;

import kvm4j.kvm.ExitReason;
import kvm4j.kvm.KvmRun;
import kvm4j.kvm.Vcpu;
import kvm4j.linux.NativeThread;
import kvm4j.machine.ExitObserver;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Counts a machine's exits by their reason, and remembers the last {@value #REMEMBERED} of each
 * vCPU. Allocates nothing on their way: each vCPU has its own columns, which its thread alone
 * writes.
 */
final class ExitLog implements ExitObserver {

    /** How many exits are remembered. */
    static final int REMEMBERED = 32;

    private static final ExitReason[] REASONS = ExitReason.values();

    private final Columns[] vcpus;

    ExitLog(int processors) {
        vcpus = new Columns[processors];
        for (int i = 0; i < processors; i++) {
            vcpus[i] = new Columns();
        }
    }

    private static final class Columns {

        private final long[] counts = new long[REASONS.length];
        private final long[] times = new long[REMEMBERED];
        private final ExitReason[] reasons = new ExitReason[REMEMBERED];
        private final long[] addresses = new long[REMEMBERED];
        private final int[] sizes = new int[REMEMBERED];
        private final boolean[] writes = new boolean[REMEMBERED];
        private final long[] values = new long[REMEMBERED];
        private long next;
        private long entered;
        private long inGuest;
    }

    private record Exit(long time, String what, String value) {}

    @Override
    public void started(Vcpu vcpu, NativeThread thread) {}

    @Override
    public void entering(Vcpu vcpu) {
        vcpus[vcpu.id()].entered = System.nanoTime();
    }

    @Override
    public void exited(Vcpu vcpu, ExitReason reason) {
        long now = System.nanoTime();
        Columns columns = vcpus[vcpu.id()];
        columns.inGuest += now - columns.entered;
        columns.counts[reason.ordinal()]++;
        int row = (int) (columns.next++ % REMEMBERED);
        columns.times[row] = now;
        columns.reasons[row] = reason;
        KvmRun page = vcpu.exit();
        if (reason == ExitReason.IO) {
            columns.addresses[row] = page.ioPort();
            columns.sizes[row] = page.ioSize();
            columns.writes[row] = page.ioIsOut();
            columns.values[row] = page.ioIsOut() ? page.ioValue(0) : 0;
        } else if (reason == ExitReason.MMIO) {
            columns.addresses[row] = page.mmioAddress();
            columns.sizes[row] = page.mmioLength();
            columns.writes[row] = page.mmioIsWrite();
            columns.values[row] = page.mmioIsWrite() ? page.mmioValue() : 0;
        }
    }

    long count(ExitReason reason) {
        long sum = 0;
        for (Columns columns : vcpus) {
            sum += columns.counts[reason.ordinal()];
        }
        return sum;
    }

    Map<ExitReason, Long> counts() {
        Map<ExitReason, Long> counts = new EnumMap<>(ExitReason.class);
        for (ExitReason reason : REASONS) {
            if (count(reason) > 0) {
                counts.put(reason, count(reason));
            }
        }
        return counts;
    }

    Duration timeInGuest() {
        long sum = 0;
        for (Columns columns : vcpus) {
            sum += columns.inGuest;
        }
        return Duration.ofNanos(sum);
    }

    /**
     * The last exits of all vCPUs in their order, a line each; or one for several in a row that
     * differ in their values alone, as those that print a text.
     */
    List<String> last() {
        List<Exit> exits = new ArrayList<>();
        for (int vcpu = 0; vcpu < vcpus.length; vcpu++) {
            Columns columns = vcpus[vcpu];
            for (long i = Math.max(0, columns.next - REMEMBERED); i < columns.next; i++) {
                exits.add(exit(vcpu, columns, (int) (i % REMEMBERED)));
            }
        }
        exits.sort(Comparator.comparingLong(Exit::time));
        List<String> lines = new ArrayList<>();
        int first = Math.max(0, exits.size() - REMEMBERED);
        for (int i = first; i < exits.size(); i++) {
            if (i + 1 == exits.size() || !exits.get(i + 1).what().equals(exits.get(i).what())) {
                lines.add(line(exits.subList(first, i + 1)));
                first = i + 1;
            }
        }
        return lines;
    }

    private static Exit exit(int vcpu, Columns columns, int row) {
        ExitReason reason = columns.reasons[row];
        String what = "vCPU " + vcpu + " " + reason.name();
        String value = "";
        if (reason == ExitReason.IO || reason == ExitReason.MMIO) {
            int size = columns.sizes[row];
            what +=
                    " %s 0x%x, %d %s"
                            .formatted(
                                    columns.writes[row] ? "write to" : "read from",
                                    columns.addresses[row],
                                    size,
                                    size == 1 ? "byte" : "bytes");
            value = columns.writes[row] ? "0x%x".formatted(columns.values[row]) : "";
        }
        return new Exit(columns.times[row], what, value);
    }

    private static String line(List<Exit> alike) {
        String what = alike.getFirst().what();
        String values =
                alike.stream()
                        .map(Exit::value)
                        .filter(value -> !value.isEmpty())
                        .collect(Collectors.joining(" "));
        return what
                + (alike.size() > 1 ? ", %d times".formatted(alike.size()) : "")
                + (values.isEmpty() ? "" : ": " + values);
    }
}
