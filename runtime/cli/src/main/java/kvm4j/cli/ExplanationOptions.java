package kvm4j.cli;

import kvm4j.cli.explain.ChromeTrace;
import kvm4j.cli.explain.TimelinePage;
import kvm4j.cli.explain.TraceDocument;

import picocli.CommandLine.Model.OptionSpec;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Which files tell of the guest besides the tables. */
final class ExplanationOptions {

    private final OptionSpec timeline =
            file("--timeline", "Write the guest's time line to a page for a browser.");

    private final OptionSpec json =
            file("--json", "Write all that was seen, in columns, for programs.");

    private final OptionSpec chromeTrace =
            file(
                    "--chrome-trace",
                    "Write it in the Trace Event Format, for Perfetto or Chrome's viewer.");

    private static OptionSpec file(String name, String description) {
        return OptionSpec.builder(name)
                .paramLabel("FILE")
                .type(Path.class)
                .description(description)
                .build();
    }

    OptionGroup group() {
        return new OptionGroup("Explanation", List.of(timeline, json, chromeTrace));
    }

    /**
     * Opens the files.
     *
     * @throws Failure if one cannot be
     */
    ReportFiles open() {
        List<ReportFile> files = new ArrayList<>();
        try {
            open(timeline, TimelinePage::write, files);
            open(json, TraceDocument::write, files);
            open(chromeTrace, ChromeTrace::write, files);
        } catch (Failure failure) {
            files.forEach(ReportFile::close);
            throw failure;
        }
        return new ReportFiles(files);
    }

    private static void open(OptionSpec option, ReportFile.Writer writer, List<ReportFile> files) {
        if (option.getValue() != null) {
            files.add(new ReportFile(option.getValue(), writer));
        }
    }
}
