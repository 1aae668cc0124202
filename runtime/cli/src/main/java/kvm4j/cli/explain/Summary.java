package kvm4j.cli.explain;

import kvm4j.trace.HostOperation;
import kvm4j.trace.Loss;
import kvm4j.trace.Rounds;
import kvm4j.trace.Timeline;
import kvm4j.trace.VcpuTimeline;
import kvm4j.trace.WorldTimes;
import kvm4j.x86.HardwareExit;
import kvm4j.x86.SvmExit;
import kvm4j.x86.VmxExit;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Tells of a guest that was recorded in a few tables. */
public final class Summary {

    private static final double MICROSECOND = 1e3;
    private static final double SECOND = 1e9;

    private final Explained explained;
    private final PrintWriter out;

    private Summary(Explained explained, PrintWriter out) {
        this.explained = explained;
        this.out = out;
    }

    /**
     * Prints the tables.
     *
     * @param explained what was recorded
     * @param out where to
     */
    public static void print(Explained explained, PrintWriter out) {
        new Summary(explained, out).print();
        out.flush();
    }

    private void print() {
        Timeline timeline = explained.timeline();
        out.printf(
                "%s on %s, %s%n",
                explained.image(), explained.host().module(), explained.host().kernel());
        timeline.vcpus().forEach(this::print);
        printReasons(ReasonSummary.of(timeline.vcpus()));
        printReturns(timeline.vcpus());
        printCounts(timeline.vcpus());
        printOperations(timeline.operations());
        printLosses(timeline.losses());
        explained.cost().ifPresent(cost -> line("being watched adds %s", cost.describe()));
        timeline.notes().forEach(note -> line("note: %s", note));
    }

    private void line(String format, Object... arguments) {
        out.printf(Locale.ROOT, format + "%n", arguments);
    }

    private void print(VcpuTimeline vcpu) {
        WorldTimes times = vcpu.times();
        line("");
        line(
                "%-36s %10.6f s, on thread %d",
                "vCPU " + vcpu.vcpu(), times.wall() / SECOND, vcpu.thread().id());
        if (isTraced(vcpu.rounds())) {
            share("non-root: the guest", times.nonRoot(), times);
            share("root: the kernel", times.kernel(), times);
        } else {
            share("in KVM_RUN: guest and kernel", times.kernel(), times);
        }
        share("root: user space", times.user(), times);
        if (!vcpu.absences().isEmpty()) {
            share("without a CPU, pre-empted", times.preempted(), times);
            share("without a CPU, waiting", times.waiting(), times);
        }
        if (times.unknown() != 0) {
            share("not seen", times.unknown(), times);
        }
    }

    /** Whether entries to the guest were seen. */
    private static boolean isTraced(Rounds rounds) {
        return IntStream.range(0, rounds.count())
                .anyMatch(round -> rounds.entry(round) != Rounds.UNSEEN);
    }

    private void share(String world, long time, WorldTimes times) {
        line(
                "  %-34s %10.6f s %6.2f %%",
                world, time / SECOND, times.wall() == 0 ? 0 : 100.0 * time / times.wall());
    }

    private void printReasons(List<ReasonSummary> reasons) {
        if (reasons.isEmpty()) {
            return;
        }
        line("");
        line(
                "%-26s %10s %10s %10s %12s %12s  %s",
                "hardware's exit reason",
                "code",
                "count",
                "to user",
                "median us",
                "total ms",
                "such as");
        for (ReasonSummary reason : reasons) {
            line(
                    "%-26s %10s %10d %10d %12.2f %12.3f  %s",
                    reason.reason().name(),
                    code(reason.reason()),
                    reason.count(),
                    reason.forwarded(),
                    reason.medianRoot() / MICROSECOND,
                    reason.totalRoot() / (1000 * MICROSECOND),
                    reason.example().isEmpty() ? reason.reason().meaning() : reason.example());
        }
    }

    /** As each vendor's manual writes them. */
    private static String code(HardwareExit exit) {
        return switch (exit) {
            case VmxExit vmx -> Long.toString(vmx.code());
            case SvmExit svm -> "0x%x".formatted(svm.code());
        };
    }

    private void printReturns(List<VcpuTimeline> vcpus) {
        Map<String, Long> returns =
                vcpus.stream()
                        .map(VcpuTimeline::rounds)
                        .flatMap(Summary::returns)
                        .collect(
                                Collectors.groupingBy(
                                        name -> name, TreeMap::new, Collectors.counting()));
        if (!returns.isEmpty()) {
            line("");
            line("%-26s %10s", "KVM_RUN returned with", "count");
            returns.forEach((reason, count) -> line("%-26s %10d", reason, count));
        }
    }

    private static Stream<String> returns(Rounds rounds) {
        return IntStream.range(0, rounds.count())
                .mapToObj(rounds::returned)
                .flatMap(reason -> reason.stream().map(Enum::name));
    }

    private void printCounts(List<VcpuTimeline> vcpus) {
        line("");
        line("%-26s %10s %10s %10s", "counted by", "tracing", "KVM", "us");
        long exits =
                vcpus.stream()
                        .map(VcpuTimeline::rounds)
                        .flatMapToInt(
                                rounds ->
                                        IntStream.range(0, rounds.count()).map(rounds::reasonIndex))
                        .filter(index -> index >= 0)
                        .count();
        long forwarded = vcpus.stream().mapToLong(VcpuTimeline::forwarded).sum();
        long received = vcpus.stream().mapToLong(VcpuTimeline::received).sum();
        long emulated = vcpus.stream().mapToLong(VcpuTimeline::emulated).sum();
        LongFunction<String> traced = isTraced(vcpus) ? Long::toString : _ -> "-";
        count("exits", exits > 0 ? Long.toString(exits) : "-", counted("exits"), "-");
        count("exits to user space", traced.apply(forwarded), "-", Long.toString(received));
        count("instructions emulated", traced.apply(emulated), counted("insn_emulation"), "-");
    }

    /** kvm_pvm traces what it hands over, but no entries of guests whose ring 0 it emulates. */
    private static boolean isTraced(List<VcpuTimeline> vcpus) {
        return vcpus.stream().anyMatch(vcpu -> vcpu.forwarded() > 0 || isTraced(vcpu.rounds()));
    }

    private String counted(String statistic) {
        Long count = explained.counted().get(statistic);
        return count == null ? "-" : count.toString();
    }

    private void count(String what, String traced, String counted, String own) {
        line("%-26s %10s %10s %10s", what, traced, counted, own);
    }

    private void printOperations(List<HostOperation> operations) {
        if (operations.isEmpty()) {
            return;
        }
        Map<String, Long> counts =
                operations.stream()
                        .collect(
                                Collectors.groupingBy(
                                        operation ->
                                                "%-26s %s"
                                                        .formatted(
                                                                operation.name(),
                                                                operation.function()),
                                        TreeMap::new,
                                        Collectors.counting()));
        line("");
        line("%-26s %-26s %10s", "on the host's processors", "by the kernel's", "calls");
        counts.forEach((operation, count) -> line("%-53s %10d", operation, count));
    }

    private void printLosses(List<Loss> losses) {
        if (losses.isEmpty()) {
            return;
        }
        long known = losses.stream().mapToLong(Loss::events).filter(events -> events > 0).sum();
        line("");
        line(
                "lost: %d events in %d places; the kernel's buffer had no room%s",
                known,
                losses.size(),
                losses.stream().anyMatch(loss -> loss.events() < 0) ? ", and some more" : "");
    }
}
