package kvm4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

class ExitStatusTest {

    private static final Pattern ROW =
            Pattern.compile("^\\| (\\d+(?:-\\d+)?) \\| (.*) \\|$", Pattern.MULTILINE);

    @Test
    @Tag("sources")
    void readmeSaysTheSameAsTheHelp() throws IOException {
        String readme = Files.readString(Path.of("../../README.md"));
        String table = readme.substring(readme.indexOf("| status |"));
        Map<String, String> rows = new LinkedHashMap<>();
        ROW.matcher(table.substring(0, table.indexOf("\n\n")))
                .results()
                .forEach(row -> rows.put(" " + row.group(1), row.group(2)));
        assertEquals(ExitStatus.descriptions(), rows);
    }
}
