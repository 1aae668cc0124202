package kvm4j.benchmarks.report;

import kvm4j.benchmarks.result.LabResults;

import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
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
        Files.writeString(file, html());
    }

    String html() throws IOException {
        return resource("report.html")
                .replace("{{style}}", resource("report.css"))
                .replace("{{library}}", resource("d3.min.js"))
                .replace("{{script}}", resource("report.js"))
                .replace("{{summary}}", json());
    }

    /** The summary in a form that cannot end the element which it is put into. */
    private String json() {
        return JsonMapper.shared().writeValueAsString(summary).replace("<", "\\u003c");
    }

    private static String resource(String name) throws IOException {
        try (InputStream resource = HtmlReport.class.getResourceAsStream(name)) {
            return new String(resource.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
