package kvm4j.benchmarks.host;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Looks for what blurs figures: before a run by what the host is, after it by what the host did
 * meanwhile.
 */
public final class HostCheck {

    private static final double STEAL_WORTH_A_WORD = 0.005;

    private static final String MEASURED = "/dev/kvm";

    private final String otherDevice;
    private final HostFiles files;
    private final HostFacts facts;
    private final CpuTimes start;

    /** Where the time of all CPUs went since boot, in ticks: the first line of /proc/stat. */
    private record CpuTimes(long total, long idle, long steal) {

        static CpuTimes of(HostFiles files) {
            long[] ticks =
                    files.text("proc/stat")
                            .map(text -> text.lines().findFirst().orElse("").split(" +"))
                            .map(HostCheck::numbers)
                            .orElseGet(() -> new long[8]);
            return new CpuTimes(Arrays.stream(ticks).limit(8).sum(), ticks[3] + ticks[4], ticks[7]);
        }
    }

    /**
     * Begins to watch.
     *
     * @param files what the kernel tells
     */
    public HostCheck(HostFiles files) {
        this(files, System.getenv("KVM4J_DEVICE"));
    }

    HostCheck(HostFiles files, String otherDevice) {
        this.files = files;
        this.otherDevice = otherDevice;
        this.facts = new HostFacts(files);
        this.start = CpuTimes.of(files);
    }

    private static long[] numbers(String[] line) {
        long[] numbers = new long[Math.max(8, line.length - 1)];
        for (int i = 1; i < line.length; i++) {
            numbers[i - 1] = Long.parseLong(line[i]);
        }
        return numbers;
    }

    /** {@return what about the host will blur figures and what to do about it, a sentence each} */
    public List<String> before() {
        List<String> cautions = new ArrayList<>();
        if (otherDevice != null && !otherDevice.isEmpty() && !otherDevice.equals(MEASURED)) {
            cautions.add(
                    "What is measured is "
                            + MEASURED
                            + ", and not "
                            + otherDevice
                            + " (KVM4J_DEVICE): the C and QEMU beside it know no other.");
        }
        if (facts.isNested()) {
            cautions.add(
                    "This host is itself a virtual machine: what its hypervisor does is part of"
                            + " every figure. Compare figures of one run only.");
        }
        facts.vendorModule()
                .filter("kvm_pvm"::equals)
                .ifPresent(
                        _ ->
                                cautions.add(
                                        "The vendor module is kvm_pvm, which needs no hardware"
                                            + " virtualization: exits take several times as long as"
                                            + " with kvm_intel or kvm_amd."));
        String governors = facts.governors();
        if (!governors.isEmpty() && !governors.equals("performance")) {
            cautions.add(
                    "The frequency governor is %s: CPUs change speed. Set it to performance."
                            .formatted(governors));
        }
        if (facts.turbo().orElse(false)) {
            cautions.add("Turbo is on: CPUs change speed with temperature. Switch it off.");
        }
        if (facts.sharesCores()) {
            cautions.add("SMT is on: a CPU is slower while its sibling works. Switch it off.");
        }
        if (facts.cpus() < 2) {
            cautions.add("There is one CPU: everything else on the host takes turns with the lab.");
        }
        double load = facts.load();
        if (load > 0.5) {
            cautions.add(
                    String.format(
                            Locale.ROOT,
                            "Others use the host: the load of the last minute is %.1f on %d CPUs.",
                            load,
                            facts.cpus()));
        }
        return cautions;
    }

    /** {@return what happened on the host since this began to watch that blurred figures} */
    public List<String> after() {
        CpuTimes now = CpuTimes.of(files);
        double total = Math.max(1, now.total - start.total);
        double steal = (now.steal - start.steal) / total;
        double busy = (1 - (now.idle - start.idle) / total) * facts.cpus();
        List<String> cautions = new ArrayList<>();
        if (steal > STEAL_WORTH_A_WORD) {
            cautions.add(
                    String.format(
                            Locale.ROOT,
                            "The hypervisor took %.1f %% of the CPU time away (steal).",
                            steal * 100));
        }
        if (busy > 1.3) {
            cautions.add(
                    String.format(
                            Locale.ROOT,
                            "The lab needs one CPU, but %.1f were busy during the run.",
                            busy));
        }
        return cautions;
    }
}
