package kvm4j.benchmarks.report;

import kvm4j.benchmarks.result.LabResults;
import kvm4j.benchmarks.result.ResultsFile;
import kvm4j.benchmarks.result.WholeFile;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A folder with a run in all its forms: {@code results.json}, which has everything, the page {@code
 * report.html}, all turns in {@code results.csv}, and {@code results-jmh.json} for programs that
 * show JMH's results.
 *
 * @param folder the folder
 */
public record ResultFolder(Path folder) {

    /**
     * Makes sure that a run can be written, before it is measured.
     *
     * @throws IOException if it cannot
     */
    public void prepare() throws IOException {
        Files.createDirectories(folder);
        Files.delete(Files.createTempFile(folder, "results", null));
    }

    /**
     * Writes a run.
     *
     * @param results what the lab found
     * @throws IOException if it cannot be written
     */
    public void write(LabResults results) throws IOException {
        Files.createDirectories(folder);
        ResultsFile.write(results, folder.resolve("results.json"));
        new HtmlReport(results).write(folder.resolve("report.html"));
        WholeFile.write(folder.resolve("results.csv"), new CsvTable(results).text());
        WholeFile.write(folder.resolve("results-jmh.json"), new JmhResults(results).text());
    }
}
