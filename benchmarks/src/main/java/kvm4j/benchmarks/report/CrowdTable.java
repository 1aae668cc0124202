package kvm4j.benchmarks.report;

import kvm4j.benchmarks.result.CrowdRow;

import java.util.List;
import java.util.Locale;

/** What crowds of machines take, a line for each, in the terminal. */
public final class CrowdTable {

    private CrowdTable() {}

    /**
     * The table.
     *
     * @param crowds what was measured
     * @return the table, with its heading
     */
    public static String text(List<CrowdRow> crowds) {
        TextTable table =
                new TextTable(
                        "by",
                        "machines",
                        "started",
                        "resident each",
                        "with the kernel's",
                        "threads each",
                        "descriptors each",
                        "stopped",
                        "closed");
        for (CrowdRow crowd : crowds) {
            table.add(
                    crowd.by(),
                    Integer.toString(crowd.machines()),
                    seconds(crowd.started()),
                    kibibytes(crowd.resident()),
                    kibibytes(crowd.taken()),
                    String.format(Locale.ROOT, "%.1f", crowd.threads()),
                    String.format(Locale.ROOT, "%.1f", crowd.descriptors()),
                    seconds(crowd.stopped()),
                    seconds(crowd.closed()));
        }
        return table.text();
    }

    private static String seconds(double seconds) {
        return String.format(Locale.ROOT, "%.2f s", seconds);
    }

    private static String kibibytes(long bytes) {
        return bytes / 1024 + " KiB";
    }
}
