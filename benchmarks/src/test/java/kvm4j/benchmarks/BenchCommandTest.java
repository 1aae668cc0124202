package kvm4j.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.benchmarks.kind.ExitKind;
import kvm4j.benchmarks.result.ResultsFile;
import kvm4j.benchmarks.result.SampleResults;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import picocli.CommandLine;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.Stream;

class BenchCommandTest {

    private final StringWriter out = new StringWriter();
    private final StringWriter errors = new StringWriter();

    @TempDir private Path folder;

    private int run(String... arguments) {
        return Main.commandLine()
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(errors))
                .execute(arguments);
    }

    private String results(String name, double above) throws IOException {
        return results(name, above, 4);
    }

    private String results(String name, double above, int forks) throws IOException {
        Random random = new Random(name.hashCode());
        List<double[]> floor = forks(forks, () -> random.doubles(100, 270, 272).toArray());
        List<double[]> noise = forks(forks, () -> random.doubles(100, -3, 3).toArray());
        Path file = folder.resolve(name);
        ResultsFile.write(
                SampleResults.of(SampleResults.row("pio-out", floor, 270, above, noise)), file);
        return file.toString();
    }

    private static List<double[]> forks(int count, Supplier<double[]> turns) {
        return Stream.generate(turns).limit(count).toList();
    }

    @Test
    void refusesToCompareWhatOneForkSaid() throws IOException {
        assertEquals(65, run("compare", results("a.json", 20, 1), results("b.json", 70, 4)));
        assertTrue(errors.toString().contains("it takes 3"), errors.toString());
        assertEquals(0, run("show", results("a.json", 20, 1)));
        assertFalse(out.toString().contains(" to "), out.toString());
    }

    @Test
    void writesAComparisonForPullRequestsAndAsAPage() throws IOException {
        Path markdown = folder.resolve("compare.md");
        Path page = folder.resolve("compare.html");
        assertEquals(
                1,
                run(
                        "compare",
                        results("a.json", 20),
                        results("b.json", 70),
                        "--markdown",
                        markdown.toString(),
                        "--html",
                        page.toString()));
        String text = Files.readString(markdown);
        assertTrue(text.startsWith("**1 slower, 0 faster, 0 the same**\n\n| exit |"), text);
        assertTrue(text.contains("| pio-out | Vcpu.run() |"), text);
        assertTrue(Files.readString(page).contains("<td><span>pio-out</span></td>"));
    }

    @Test
    void writesResultsInAllForms() throws IOException {
        Path forms = folder.resolve("forms");
        assertEquals(0, run("show", results("a.json", 20), "--output", forms.toString()));
        List<String> lines = Files.readAllLines(forms.resolve("results.csv"));
        assertEquals("kind,contestant,fork,turn,nanoseconds", lines.getFirst());
        assertEquals(1 + 2 * 4 * 100, lines.size());
        assertTrue(lines.get(1).matches("pio-out,c,1,1,27[0-2]\\.\\d{3}"), lines.get(1));
        JsonNode jmh = new JsonMapper().readTree(forms.resolve("results-jmh.json").toFile());
        assertEquals(2, jmh.size());
        JsonNode java = jmh.get(1);
        assertEquals("kvm4j.bench.pio-out", java.get("benchmark").asString());
        assertEquals("vcpu", java.get("params").get("contestant").asString());
        JsonNode metric = java.get("primaryMetric");
        assertEquals("ns/op", metric.get("scoreUnit").asString());
        assertEquals(4, metric.get("rawData").size());
        assertEquals(291, metric.get("score").asDouble(), 3);
        assertTrue(Files.exists(forms.resolve("report.html")));
    }

    @Test
    void showsResults() throws IOException {
        assertEquals(0, run("show", results("a.json", 20)));
        assertTrue(out.toString().contains("Vcpu.run()"), out.toString());
    }

    @Test
    void answersWhetherSomethingGotSlower() throws IOException {
        String fast = results("fast.json", 20);
        String slow = results("slow.json", 70);
        assertEquals(1, run("compare", fast, slow));
        assertTrue(out.toString().contains("slower"), out.toString());
        assertEquals(0, run("compare", slow, fast));
        assertEquals(0, run("compare", fast, fast));
        assertEquals(0, run("compare", "--threshold", "50", fast, slow));
    }

    @Test
    void refusesFilesThatHoldNoResults() throws IOException {
        String good = results("good.json", 20);
        String missing = folder.resolve("missing.json").toString();
        assertEquals(65, run("show", missing));
        assertEquals(65, run("compare", good, missing));
        assertEquals(65, run("show", folder.toString()));
        Path text = Files.writeString(folder.resolve("text"), "hello");
        assertEquals(65, run("compare", text.toString(), good));
        assertEquals(4, errors.toString().lines().count(), errors.toString());
        assertTrue(errors.toString().startsWith("kvm4j: no such file: " + missing));
    }

    @Test
    void namesTheKindsOfExit() {
        assertEquals(64, run("--kind", "teleport"));
        for (ExitKind kind : ExitKind.values()) {
            assertTrue(errors.toString().contains(kind.kindName()), errors.toString());
        }
    }

    @Test
    void explainsItself() {
        assertEquals(0, run("--help"));
        assertEquals(0, run("compare", "--help"));
        assertTrue(out.toString().contains("Usage: kvm4j bench compare"), out.toString());
    }

    @Test
    void takesKindsByTheNamesItLists() {
        CommandLine command = Main.commandLine();
        command.parseArgs("--kind", "pio-out", "--kind", "system-call", "--full");
        assertEquals(
                List.of(ExitKind.PIO_OUT, ExitKind.SYSTEM_CALL),
                command.getCommandSpec().findOption("--kind").getValue());
    }
}
