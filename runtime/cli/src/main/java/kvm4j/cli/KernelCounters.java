package kvm4j.cli;

import kvm4j.kvm.Capability;
import kvm4j.kvm.Statistic;
import kvm4j.kvm.Statistics;
import kvm4j.machine.MachineBuilder;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * What the kernel counts for a machine, where it counts at all: it sees the exits that it handles
 * itself.
 */
final class KernelCounters implements AutoCloseable {

    private final List<Statistics> sources = new ArrayList<>();

    /** Counts for the machine that a builder makes, if its kernel can. */
    void watch(MachineBuilder builder) {
        AtomicBoolean counted = new AtomicBoolean();
        builder.configureVm(vm -> counted.set(vm.check(Capability.BINARY_STATS_FD) != 0));
        builder.configureVcpu(
                vcpu -> {
                    if (counted.get()) {
                        sources.add(vcpu.statistics());
                    }
                });
    }

    /**
     * What is not 0, summed up over the vCPUs.
     *
     * @return by the names of the statistics; nothing where the kernel does not count
     */
    Map<String, Long> sums() {
        Map<String, Long> sums = new TreeMap<>();
        for (Statistics source : sources) {
            source.readAll()
                    .forEach(
                            (statistic, values) -> {
                                if (isCount(statistic)) {
                                    sums.merge(statistic.name(), values.getFirst(), Long::sum);
                                }
                            });
        }
        sums.values().removeIf(sum -> sum == 0);
        return sums;
    }

    /**
     * Prints the sums, the highest first.
     *
     * @param out where to
     */
    void print(PrintWriter out) {
        Map<String, Long> sums = sums();
        if (!sums.isEmpty()) {
            out.printf("%-30s %12s%n", "counted by the kernel", "count");
        }
        sums.entrySet().stream()
                .sorted(Map.Entry.comparingByValue(Comparator.reverseOrder()))
                .forEach(sum -> out.printf("%-30s %12d%n", sum.getKey(), sum.getValue()));
        out.flush();
    }

    private static boolean isCount(Statistic statistic) {
        return statistic.type() == Statistic.Type.CUMULATIVE
                && statistic.unit() == Statistic.Unit.NONE
                && statistic.count() == 1;
    }

    @Override
    public void close() {
        sources.forEach(Statistics::close);
    }
}
