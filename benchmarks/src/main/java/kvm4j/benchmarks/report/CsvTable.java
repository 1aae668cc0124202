package kvm4j.benchmarks.report;

import kvm4j.benchmarks.result.LabResults;
import kvm4j.benchmarks.result.Row;
import kvm4j.benchmarks.result.Series;

import java.util.Locale;

/**
 * All turns of a run as comma-separated values (RFC 4180): a line each, with what was measured, by
 * whom, in which fork and turn, and the nanoseconds of one exit.
 *
 * @param results what the lab found
 */
public record CsvTable(LabResults results) {

    /** {@return the table, with its headings} */
    public String text() {
        StringBuilder text = new StringBuilder("kind,contestant,fork,turn,nanoseconds\r\n");
        for (Row row : results.rows()) {
            for (Series series : row.series()) {
                append(text, quoted(row.kind()) + "," + quoted(series.contestant()), series);
            }
        }
        return text.toString();
    }

    private static void append(StringBuilder text, String names, Series series) {
        for (int fork = 0; fork < series.forks().size(); fork++) {
            double[] turns = series.forks().get(fork);
            for (int turn = 0; turn < turns.length; turn++) {
                text.append(
                        String.format(
                                Locale.ROOT,
                                "%s,%d,%d,%.3f\r\n",
                                names,
                                fork + 1,
                                turn + 1,
                                turns[turn]));
            }
        }
    }

    /** Names come from a file, and may have anything in them. */
    private static String quoted(String name) {
        return name.matches("[\\w.-]*") ? name : '"' + name.replace("\"", "\"\"") + '"';
    }
}
