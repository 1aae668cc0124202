package kvm4j.cli.doctor;

import java.util.List;

/** What the host tells the time by, which guests see the same way or pay for. */
final class HostClock {

    private static final String CLOCKSOURCE = "sys/devices/system/clocksource/clocksource0/";

    private HostClock() {}

    static List<Finding> findings(HostFiles files, Processor processor) {
        return List.of(source(files), timeStampCounter(processor));
    }

    private static Finding source(HostFiles files) {
        String current = files.text(CLOCKSOURCE + "current_clocksource").orElse("unknown");
        String available = files.text(CLOCKSOURCE + "available_clocksource").orElse("unknown");
        return switch (current) {
            case "tsc", "kvm-clock", "hyperv_clocksource_tsc_page" ->
                    Finding.ok(Topic.CLOCK, "source", current);
            default ->
                    Finding.warning(
                            Topic.CLOCK,
                            "source",
                            current + " (available: " + available + ")",
                            "every look at the time is a system call; see in the kernel's log why"
                                    + " it does not trust the TSC");
        };
    }

    private static Finding timeStampCounter(Processor processor) {
        boolean constant = processor.flags().contains("constant_tsc");
        boolean nonstop = processor.flags().contains("nonstop_tsc");
        return constant && nonstop
                ? Finding.ok(Topic.CLOCK, "TSC", "constant and non-stop")
                : Finding.warning(
                        Topic.CLOCK,
                        "TSC",
                        (constant ? "constant" : "not constant")
                                + (nonstop ? ", non-stop" : ", stops in deep sleep"),
                        "take measurements in cycles with care");
    }
}
