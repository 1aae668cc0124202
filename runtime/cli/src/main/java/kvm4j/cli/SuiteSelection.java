package kvm4j.cli;

import kvm4j.testing.suite.JUnitReport;
import kvm4j.testing.suite.Shard;
import kvm4j.testing.suite.TestCase;

import picocli.CommandLine.Model.OptionSpec;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** Which guests of those that are found a suite has. */
final class SuiteSelection {

    private final OptionSpec shard =
            OptionSpec.builder("--shard")
                    .paramLabel("I/N")
                    .type(String.class)
                    .description(
                            "Run the part I of N, for N runners that have the same suite and the"
                                    + " same --durations.")
                    .build();

    private final OptionSpec durations =
            OptionSpec.builder("--durations")
                    .paramLabel("FILE")
                    .type(List.class)
                    .auxiliaryTypes(Path.class)
                    .initialValue(List.of())
                    .description(
                            "Split by what guests took in an earlier run, of which this is the"
                                    + " --junit file; more than once for more. One that is not"
                                    + " there is as an empty one.")
                    .build();

    private final OptionSpec filter =
            OptionSpec.builder("--filter")
                    .paramLabel("REGEX")
                    .type(String.class)
                    .description("Run those alone whose name has a part like this.")
                    .build();

    private final OptionSpec list = Usage.flag("--list", "Print the names, and run nothing.");

    OptionGroup group() {
        return new OptionGroup("Selection", List.of(list, filter, shard, durations));
    }

    /** Whether they are to be listed, and not run. */
    boolean isList() {
        return list.getValue();
    }

    /**
     * Selects.
     *
     * @param found all that are found
     * @return a part of them
     * @throws IllegalArgumentException if an option has no sense
     * @throws Failure if nothing is left before they are split, or a report of durations is none
     */
    List<TestCase> of(List<TestCase> found) {
        Pattern wanted = filter();
        List<TestCase> all =
                found.stream().filter(one -> wanted.matcher(one.name()).find()).toList();
        Shard part = shard.getValue() == null ? Shard.ALL : Shard.parse(shard.<String>getValue());
        if (all.isEmpty()) {
            throw new Failure(ExitStatus.NO_IMAGE, "there is no image to test");
        }
        return part.select(all, durations());
    }

    private Pattern filter() {
        try {
            return Pattern.compile(filter.getValue() == null ? "" : filter.<String>getValue());
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException("no regular expression: " + e.getDescription(), e);
        }
    }

    private Map<String, Duration> durations() {
        Map<String, Duration> known = new HashMap<>();
        for (Path file : durations.<List<Path>>getValue()) {
            if (Files.exists(file) && !Files.isRegularFile(file)) {
                throw new Failure(ExitStatus.BAD_IMAGE, file + " is no regular file");
            }
            if (Files.exists(file)) {
                known.putAll(durations(file));
            }
        }
        return known;
    }

    private static Map<String, Duration> durations(Path file) {
        try {
            // of a run that did not end
            return Files.size(file) == 0 ? Map.of() : JUnitReport.durations(file);
        } catch (IOException e) {
            throw new Failure(ExitStatus.BAD_IMAGE, e.getMessage(), e);
        }
    }
}
