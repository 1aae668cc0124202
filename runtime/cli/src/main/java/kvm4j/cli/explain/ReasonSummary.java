package kvm4j.cli.explain;

import kvm4j.trace.Rounds;
import kvm4j.trace.VcpuTimeline;
import kvm4j.x86.HardwareExit;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * All exits for one reason of the hardware.
 *
 * @param reason the reason
 * @param count how many there were
 * @param forwarded how many of them user space got
 * @param medianRoot how long root operation took until the guest was entered again, in nanoseconds
 * @param totalRoot the same of all of them together
 * @param example what the hardware said most often besides
 */
record ReasonSummary(
        HardwareExit reason,
        long count,
        long forwarded,
        long medianRoot,
        long totalRoot,
        String example) {

    /** Exits for one reason, while they are added up. */
    private static final class Sum {

        private long count;
        private long forwarded;
        private final List<Long> root = new ArrayList<>();
        private final Map<String, Integer> examples = new HashMap<>();

        private void add(Rounds rounds, int round, HardwareExit reason) {
            count++;
            if (rounds.handedOver(round) != Rounds.UNSEEN) {
                forwarded++;
            }
            if (round + 1 < rounds.count() && rounds.entry(round + 1) != Rounds.UNSEEN) {
                root.add(rounds.entry(round + 1) - rounds.exit(round));
            }
            if (examples.size() < 100) {
                String words =
                        reason.describe(rounds.information(round), rounds.moreInformation(round));
                examples.merge(words, 1, Integer::sum);
            }
        }

        private ReasonSummary of(HardwareExit reason) {
            long[] times = root.stream().mapToLong(Long::longValue).sorted().toArray();
            return new ReasonSummary(
                    reason,
                    count,
                    forwarded,
                    times.length == 0 ? 0 : times[times.length / 2],
                    Arrays.stream(times).sum(),
                    examples.entrySet().stream()
                            .max(Map.Entry.comparingByValue())
                            .map(Map.Entry::getKey)
                            .orElse(""));
        }
    }

    /** Sums up the exits of all vCPUs, the most frequent reason first. */
    static List<ReasonSummary> of(List<VcpuTimeline> vcpus) {
        Map<HardwareExit, Sum> sums = new HashMap<>();
        for (VcpuTimeline vcpu : vcpus) {
            Rounds rounds = vcpu.rounds();
            for (int i = 0; i < rounds.count(); i++) {
                int round = i;
                rounds.reason(round)
                        .ifPresent(
                                reason ->
                                        sums.computeIfAbsent(reason, _ -> new Sum())
                                                .add(rounds, round, reason));
            }
        }
        return sums.entrySet().stream()
                .map(sum -> sum.getValue().of(sum.getKey()))
                .sorted(Comparator.comparingLong(ReasonSummary::count).reversed())
                .toList();
    }
}
