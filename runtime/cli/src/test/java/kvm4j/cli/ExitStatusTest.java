package kvm4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

class ExitStatusTest {

    private static final Pattern ROW =
            Pattern.compile("^\\| (\\d+(?:-\\d+)?) \\| (.*) \\|$", Pattern.MULTILINE);

    @ParameterizedTest
    @ValueSource(strings = {"run", "explain"})
    void whatRunsAGuestTellsOfTheGuestsEnds(String command) {
        String help = InProcess.run(command, "--help").out();
        assertTrue(tells(help, "1-255 the guest's own exit code, other than 0"), help);
        assertTrue(tells(help, "80 the guest's processor shut down: a triple fault"), help);
    }

    @ParameterizedTest
    @ValueSource(strings = {"test", "guests", "doctor", "completion", "help"})
    void whatRunsNoneDoesNot(String command) {
        String help = InProcess.run(command, "--help").out();
        assertTrue(tells(help, "64 the command line is wrong"), help);
        assertFalse(help.contains("triple fault"), help);
        assertFalse(help.contains("the guest's own exit code"), help);
    }

    @Test
    void aSuiteEndsByItsTests() {
        String help = InProcess.run("test", "--help").out();
        assertTrue(tells(help, "0 no test failed"), help);
        assertTrue(tells(help, "1 a test failed"), help);
    }

    /** Columns are as wide as the longest number of a list. */
    private static boolean tells(String help, String line) {
        return help.lines().anyMatch(each -> each.strip().replaceAll(" +", " ").equals(line));
    }

    @Test
    @Tag("sources")
    void readmeSaysTheSameAsTheHelp() throws IOException {
        String readme = Files.readString(Path.of("../../README.md"));
        String table = readme.substring(readme.indexOf("| status |"));
        Map<String, String> rows = new LinkedHashMap<>();
        ROW.matcher(table.substring(0, table.indexOf("\n\n")))
                .results()
                .forEach(row -> rows.put(" " + row.group(1), row.group(2)));
        assertEquals(ExitStatus.ofGuests(), rows);
    }
}
