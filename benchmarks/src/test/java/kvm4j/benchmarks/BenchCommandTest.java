package kvm4j.benchmarks;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.benchmarks.kind.ExitKind;
import kvm4j.benchmarks.report.ResultFolder;
import kvm4j.benchmarks.result.ResultsFile;
import kvm4j.benchmarks.result.SampleResults;
import kvm4j.text.PrintedOutput;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import picocli.CommandLine;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
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
        assertTrue(Files.readString(page).contains("<th scope=\"row\"><span>pio-out</span></th>"));
    }

    @Test
    void whatCannotBePrintedIsToldOf() throws IOException {
        OutputStream device =
                new OutputStream() {
                    @Override
                    public void write(int value) throws IOException {
                        throw new IOException("No space left on device");
                    }
                };
        PrintedOutput full = new PrintedOutput(() -> device);
        CommandLine command = Main.commandLine().setErr(new PrintWriter(errors));
        assertEquals(83, Main.run(command, full, "show", results("a.json", 20)));
        assertEquals("kvm4j: standard output: No space left on device\n", errors.toString());
    }

    /** A limit of files' sizes is as a full disk. */
    @Test
    void aFullDiskLeavesResultsAsTheyWere() throws Exception {
        String before = results("a.json", 20);
        Path kept = folder.resolve("kept");
        assertEquals(0, run("show", before, "--output", kept.toString()));
        byte[] old = Files.readAllBytes(kept.resolve("results.json"));
        String other = results("b.json", 70);
        Process limited =
                new ProcessBuilder(
                                "bash",
                                "-c",
                                "ulimit -f 8; exec \"$@\"",
                                "bash",
                                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                                "--module-path",
                                System.getProperty("jdk.module.path"),
                                "--module",
                                "kvm4j.benchmarks/kvm4j.benchmarks.Main",
                                "show",
                                other,
                                "--output",
                                kept.toString())
                        .redirectErrorStream(true)
                        .start();
        String said = new String(limited.getInputStream().readAllBytes());
        assertEquals(73, limited.waitFor(), said);
        assertTrue(said.contains("kvm4j: cannot write: File too large"), said);
        assertArrayEquals(old, Files.readAllBytes(kept.resolve("results.json")));
        try (Stream<Path> files = Files.list(kept)) {
            assertEquals(4, files.count());
        }
    }

    /** Not after minutes. */
    @Test
    void looksFirstWhetherItsResultsCanBeWritten() {
        assertThrows(IOException.class, () -> new ResultFolder(Path.of("/proc")).prepare());
    }

    @Test
    void anEmptyNameIsNoFile() {
        assertEquals(64, run("show", ""));
        assertTrue(errors.toString().contains("'' names no file"), errors.toString());
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
    void comparesWithTheLastAcceptedResult() throws IOException {
        String history = folder.resolve("bench.jsonl").toString();
        assertEquals(2, run("compare", "--history", history, results("a.json", 20)));
        assertTrue(errors.toString().contains("no history yet"), errors.toString());
        assertEquals(
                0, run("accept", results("a.json", 20), "--history", history, "--label", "one"));
        assertTrue(out.toString().startsWith("accepted one for "), out.toString());
        assertEquals(0, run("compare", "--history", history, results("b.json", 20)));
        assertTrue(out.toString().contains("compared with one, measured 2026-01-02"));
        assertEquals(1, run("compare", "--history", history, results("c.json", 70)));
        assertEquals(0, run("accept", results("c.json", 70), "--history", history));
        assertEquals(0, run("compare", "--history", history, results("d.json", 70)));
        assertEquals(0, run("accept", results("c.json", 70), "--history", history));
        assertTrue(out.toString().contains("was accepted before"), out.toString());
    }

    @Test
    void saysThatNothingWasAcceptedForAHost() throws IOException {
        String history = folder.resolve("bench.jsonl").toString();
        assertEquals(0, run("accept", results("a.json", 20), "--history", history));
        Path other = folder.resolve("other.json");
        Files.writeString(
                other, Files.readString(folder.resolve("a.json")).replace("a <fast> one", "slow"));
        assertEquals(2, run("compare", "--history", history, other.toString()));
        assertTrue(errors.toString().contains("CPU is slow, not a <fast> one"), errors.toString());
    }

    @Test
    void passesOverLinesThatAreNoResults() throws IOException {
        Path history = folder.resolve("bench.jsonl");
        assertEquals(0, run("accept", results("a.json", 20), "--history", history.toString()));
        Files.writeString(history, "{\"format\":2}\n" + "x\n".repeat(9), StandardOpenOption.APPEND);
        assertEquals(0, run("compare", "--history", history.toString(), results("b.json", 20)));
        List<String> notes = errors.toString().lines().toList();
        assertEquals(6, notes.size(), errors.toString());
        assertTrue(notes.get(0).endsWith("line 2 has format 2, of a newer kvm4j"), notes.get(0));
        assertTrue(notes.get(1).contains("line 3 is no accepted result"), notes.get(1));
        assertEquals("note: and 5 more", notes.get(5));
    }

    @Test
    void drawsTheTrend() throws IOException {
        String history = folder.resolve("bench.jsonl").toString();
        Path page = folder.resolve("trend.html");
        assertEquals(0, run("accept", results("a.json", 20), "--history", history));
        assertEquals(0, run("trend", "--history", history, "--output", page.toString()));
        assertTrue(out.toString().contains("pio-out"), out.toString());
        assertTrue(Files.readString(page).contains("an exit named pio-out"));
    }

    @Test
    void refusesWhatIsNoHistory() throws IOException {
        String results = results("a.json", 20);
        assertEquals(65, run("accept", results, "--history", results));
        assertEquals(65, run("compare", results, "--history", results));
        assertEquals(65, run("trend", "--history", results));
        assertEquals(65, run("trend", "--history", folder.resolve("missing").toString()));
        String history = folder.resolve("bench.jsonl").toString();
        assertEquals(65, run("accept", results("few.json", 20, 2), "--history", history));
        assertEquals(65, run("accept", results, "--history", history, "--label", "a\nb"));
        assertEquals(6, errors.toString().lines().count(), errors.toString());
        assertFalse(Files.exists(Path.of(history)));
    }

    @Test
    void refusesWhatIsNoFileOfResults() throws IOException {
        Path nothing = Files.writeString(folder.resolve("null.json"), "null");
        for (String file : List.of(nothing.toString(), "/dev/zero", folder.toString())) {
            assertEquals(65, run("show", file), errors.toString());
        }
        assertTrue(errors.toString().contains("/dev/zero is not a regular file"));
    }

    @Test
    void anErrorIsNoVerdict() {
        CommandLine command =
                Main.commandLine()
                        .setErr(new PrintWriter(errors))
                        .setExecutionStrategy(
                                _ -> {
                                    throw new OutOfMemoryError("Java heap space");
                                });
        assertEquals(70, Main.run(command, "fingerprint"));
        assertTrue(errors.toString().contains("Java heap space"), errors.toString());
    }

    @Test
    void saysThatAHistoryCannotBeWritten() throws IOException {
        String results = results("a.json", 20);
        assertEquals(73, run("accept", results, "--history", results + "/bench.jsonl"));
        assertTrue(errors.toString().startsWith("kvm4j: cannot write: "), errors.toString());
    }

    @Test
    void wantsAsManyRunsAsItCompares() throws IOException {
        String results = results("a.json", 20);
        String history = folder.resolve("bench.jsonl").toString();
        assertEquals(64, run("compare", results));
        assertEquals(64, run("compare", results, results, "--history", history));
        assertEquals(64, run("accept", results));
        assertEquals(64, run("trend"));
    }

    @Test
    void printsFingerprints() throws IOException {
        assertEquals(0, run("fingerprint"));
        assertTrue(out.toString().lines().findFirst().orElse("").matches("[0-9a-f]{12}"));
        assertEquals(0, run("fingerprint", results("a.json", 20)));
        assertTrue(out.toString().endsWith("CPU: a <fast> one\n"), out.toString());
        assertEquals(65, run("fingerprint", folder.toString()));
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

    /** A gate that NaN opens is none. */
    @Test
    void aThresholdIsANumber() throws IOException {
        String fast = results("fast.json", 20);
        String slow = results("slow.json", 70);
        for (String threshold : List.of("NaN", "-1", "Infinity")) {
            assertEquals(64, run("compare", "--threshold", threshold, fast, slow), threshold);
        }
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
        assertTrue(out.toString().contains("   1    something takes longer"), out.toString());
        assertTrue(out.toString().contains("   64   the command line is wrong"), out.toString());
    }

    @Test
    void takesKindsByTheNamesItLists() {
        CommandLine command = Main.commandLine();
        command.parseArgs("--kind", "pio-out", "--kind", "system-call", "--full");
        assertEquals(
                List.of(ExitKind.PIO_OUT, ExitKind.SYSTEM_CALL),
                command.getCommandSpec().findOption("--kind").getValue());
    }

    @Test
    void aCrowdHasASensibleSize() {
        assertEquals(64, run("crowd", "--machines", "0"));
        assertTrue(errors.toString().contains("--machines takes 1 to 100000"), errors::toString);
        assertEquals(64, run("crowd", "--memory", "1"));
    }

    @ParameterizedTest
    @CsvSource({
        "'\"histogram\" : \"[^\"]*\"', '\"histogram\" : \"AAAA\"'",
        "'\"histogram\" : \"[^\"]*\"', '\"histogram\" : \"%\"'",
        "'\"seconds\" : [0-9.]*', '\"seconds\" : \"\\\\n\\\\u001b[2J\"'",
        "'\"format\"', '\u00ff\"format\"'",
    })
    void resultsThatAreDamagedAreRefusedInALine(String part, String damage) throws IOException {
        Path file = Path.of(results("damaged.json", 10));
        String sound = Files.readString(file);
        String damaged = sound.replaceAll(part, damage);
        assertNotEquals(sound, damaged);
        Files.writeString(file, damaged, StandardCharsets.ISO_8859_1);
        String other = results("sound.json", 10);
        assertEquals(65, run("show", file.toString()));
        assertEquals(65, run("compare", other, file.toString()));
        assertEquals(2, errors.toString().lines().count(), errors::toString);
        assertTrue(
                errors.toString()
                        .chars()
                        .allMatch(character -> character == '\n' || character >= ' '));
    }

    /** Whoever may read it waits there for what the kernel says next. */
    @Test
    @Timeout(60)
    void filesWithoutAnEnd() throws IOException {
        assertEquals(65, run("show", "/proc/kmsg"));
        assertTrue(errors.toString().contains("it has 0 bytes"), errors::toString);
        assertEquals(2, run("compare", "--history", "/proc/kmsg", results("new.json", 10)));
    }

    @Test
    void aCrowdIsAddedToResultsAlone() {
        assertEquals(65, run("crowd", "--output", folder.toString()));
        assertEquals("kvm4j: no such file: %s/results.json\n".formatted(folder), errors.toString());
    }
}
