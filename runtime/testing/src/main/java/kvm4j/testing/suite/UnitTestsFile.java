package kvm4j.testing.suite;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A list of tests: {@code unittests.cfg} of kvm-unit-tests (docs/unittests.txt there). */
final class UnitTestsFile {

    /** The file's name. */
    static final String NAME = "unittests.cfg";

    private static final Pattern SECTION = Pattern.compile("\\[([^\\]]+)\\]");

    /** What begins and ends a value of several lines. */
    private static final String BLOCK = "\"\"\"";

    private final Path folder;

    UnitTestsFile(Path folder) {
        this.folder = folder;
    }

    /**
     * Reads it.
     *
     * @throws UncheckedIOException if it cannot be read
     */
    List<UnitTest> read() {
        List<UnitTest> tests = new ArrayList<>();
        Map<String, String> values = new HashMap<>();
        for (Iterator<String> lines = lines().iterator(); lines.hasNext(); ) {
            String line = lines.next().strip();
            Matcher section = SECTION.matcher(line);
            int equals = line.indexOf('=');
            if (section.matches()) {
                values = new HashMap<>();
                tests.add(new UnitTest(section.group(1), folder, values));
            } else if (!line.startsWith("#") && equals > 0) {
                String value = line.substring(equals + 1).strip();
                values.put(
                        line.substring(0, equals).strip(),
                        value.startsWith(BLOCK)
                                ? block(value.substring(BLOCK.length()), lines)
                                : value);
            }
        }
        return tests.stream().filter(test -> test.values().containsKey("file")).toList();
    }

    private List<String> lines() {
        try {
            return ShortFile.read(folder.resolve(NAME)).lines().toList();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + e.getMessage(), e);
        }
    }

    private static String block(String first, Iterator<String> lines) {
        StringBuilder text = new StringBuilder(first);
        while (!text.toString().stripTrailing().endsWith(BLOCK) && lines.hasNext()) {
            text.append('\n').append(lines.next());
        }
        String all = text.toString().stripTrailing();
        return all.endsWith(BLOCK) ? all.substring(0, all.length() - BLOCK.length()) : all;
    }
}
