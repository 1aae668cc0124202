package kvm4j.benchmarks.report;

import kvm4j.benchmarks.result.LabResults;
import kvm4j.benchmarks.result.WholeFile;

import java.io.IOException;
import java.nio.file.Path;

/** Results as one page that needs nothing but itself: style, charts and figures are inside. */
public final class HtmlReport {

    private final Summary summary;

    /**
     * The page of results.
     *
     * @param results what the lab found
     */
    public HtmlReport(LabResults results) {
        summary = Summary.of(results);
    }

    /**
     * Writes the page.
     *
     * @param file the file, replaced if it exists
     * @throws IOException if it cannot be written
     */
    public void write(Path file) throws IOException {
        WholeFile.write(file, html());
    }

    String html() {
        return new DataPage("report", summary).html();
    }
}
