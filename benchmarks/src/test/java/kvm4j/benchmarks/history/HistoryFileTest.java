package kvm4j.benchmarks.history;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.benchmarks.host.Fingerprint;
import kvm4j.benchmarks.result.LabResults;
import kvm4j.benchmarks.result.Series;
import kvm4j.benchmarks.statistics.Comparison;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

class HistoryFileTest {

    private static final String DAY = "2026-02-03T04:05:06Z";

    @TempDir private Path folder;

    private Path file() {
        return folder.resolve("histories").resolve("bench.jsonl");
    }

    private HistoryFile history() {
        return new HistoryFile(file());
    }

    private List<Line> lines() throws IOException {
        List<Line> lines = new ArrayList<>();
        history().read(lines::add);
        return lines;
    }

    private static Accepted accepted(String label) {
        return SampleHistory.accepted(label, DAY, 20, "pio-out");
    }

    @Test
    void givesBackWhatWasAppended() throws IOException {
        Accepted written = accepted("v1 \u2028 \u00e4 \"quoted\"");
        assertTrue(history().append(written));
        Accepted read = assertInstanceOf(Line.Result.class, lines().getFirst()).result();
        assertEquals(1, Files.readAllLines(file()).size());
        assertEquals(written.label(), read.label());
        assertEquals(written.accepted(), read.accepted());
        assertEquals(written.host(), read.host());
        assertEquals(written.fingerprint(), read.host().id());
        assertEquals(written.figures(), read.figures());
        assertEquals(20, read.figures().getFirst().above().value(), 3);
    }

    @Test
    void keepsWhatComparisonsNeedAndNoMore() throws IOException {
        LabResults full = SampleHistory.results(SampleHistory.HOST, 20, "pio-out", "hlt");
        LabResults brief = full.brief();
        Comparison comparison = Comparison.of(brief, full, 0.005);
        assertEquals(2, comparison.changes().size());
        assertFalse(comparison.slower());
        LabResults slow = SampleHistory.results(SampleHistory.HOST, 70, "pio-out", "hlt");
        assertTrue(Comparison.of(brief, slow, 0.005).slower());
        Series series = brief.rows().getFirst().series().getFirst();
        assertEquals(0, series.samples().getTotalCount());
        assertArrayEquals(
                full.rows().getFirst().series().getFirst().forks().getFirst(),
                series.forks().getFirst(),
                0.001);
        String json = JsonMapper.shared().writeValueAsString(brief);
        assertTrue(json.length() < JsonMapper.shared().writeValueAsString(full).length() / 2);
    }

    @Test
    void takesARunOnceUnderALabel() throws IOException {
        assertTrue(history().append(accepted("a")));
        assertFalse(history().append(accepted("a")));
        assertTrue(history().append(accepted("b")));
        assertEquals(2, lines().size());
    }

    @Test
    void namesLinesThatAreNone() throws IOException {
        history().append(accepted("a"));
        String good = Files.readString(file()).strip();
        String cut = good.substring(0, good.length() / 2);
        Files.writeString(
                file(),
                String.join(
                        "\n",
                        cut,
                        "",
                        "hello",
                        "null",
                        "{\"format\":2,\"what\":\"ever\"}",
                        good.replaceFirst("\"format\":1", "\"format\":0"),
                        good.replaceFirst(
                                "\"turns\":|\"forks\":\\[\\[[0-9.]+", "\"forks\":[[1e999"),
                        good + " trailing",
                        good + "\r",
                        "<<<<<<< HEAD"));
        List<String> said = new ArrayList<>();
        for (Line line : lines()) {
            said.add(line instanceof Line.Result ? "good" : line.toString().split(":")[0]);
        }
        assertEquals(
                List.of(
                        "line 1 is no accepted result",
                        "line 3 is no accepted result",
                        "line 4 is no accepted result",
                        "line 5 has format 2, of a newer kvm4j",
                        "line 6 is no accepted result",
                        "line 7 is no accepted result",
                        "line 8 is no accepted result",
                        "good",
                        "line 10 is no accepted result"),
                said);
    }

    @Test
    void saysWhatIsWrongWithALine() throws IOException {
        history().append(accepted("a"));
        String good = Files.readString(file()).strip();
        Files.writeString(
                file(),
                good
                        + "\nhello\n"
                        + good.replaceFirst("\"label\":\"a\"", "\"label\":\"\"")
                        + "\n"
                        + good.replaceFirst("\"forks\":\\[\\[[0-9.]+", "\"forks\":[[\"NaN\""));
        List<Line> lines = lines();
        assertEquals(
                List.of(
                        "line 2 is no accepted result: it is not JSON",
                        "line 3 is no accepted result: a label has 1 to 100 characters",
                        "line 4 is no accepted result: a turn without a time"),
                lines.subList(1, 4).stream().map(Line::toString).toList());
    }

    @Test
    void appendsBehindALineThatWasCutShort() throws IOException {
        history().append(accepted("a"));
        Files.writeString(file(), "{\"format\":1,\"fing", StandardOpenOption.APPEND);
        history().append(accepted("b"));
        List<Line> lines = lines();
        assertEquals(3, lines.size());
        assertInstanceOf(Line.Damaged.class, lines.get(1));
        assertEquals("b", ((Line.Result) lines.get(2)).result().label());
    }

    @Test
    void leavesOtherFilesAlone() throws IOException {
        Files.createDirectories(file().getParent());
        Files.writeString(file(), "[\n  1\n]\n");
        assertThrows(NotAHistoryException.class, () -> history().append(accepted("a")));
        assertThrows(NotAHistoryException.class, this::lines);
        assertEquals("[\n  1\n]\n", Files.readString(file()));
        HistoryFile directory = new HistoryFile(folder);
        assertThrows(NotAHistoryException.class, () -> directory.append(accepted("a")));
        assertThrows(NotAHistoryException.class, () -> directory.read(_ -> {}));
        HistoryFile missing = new HistoryFile(folder.resolve("missing"));
        assertThrows(NoSuchFileException.class, () -> missing.read(_ -> {}));
    }

    @Test
    void addsToAFileWithoutLinesOrOfANewerKvm4j() throws IOException {
        Files.createDirectories(file().getParent());
        Files.writeString(file(), "\n");
        assertTrue(history().append(accepted("a")));
        assertEquals(1, lines().size());
        Files.writeString(file(), "{\"format\":7}");
        assertTrue(history().append(accepted("a")));
        assertEquals(2, lines().size());
    }

    @Test
    void boundsWhatALineMayTake() throws IOException {
        Files.createDirectories(file().getParent());
        history().append(accepted("a"));
        Files.writeString(file(), " ".repeat(LineReader.LONGEST + 1), StandardOpenOption.APPEND);
        history().append(accepted("b"));
        List<Line> lines = lines();
        assertEquals(3, lines.size());
        assertTrue(lines.get(1).toString().contains("longer than"), lines.get(1).toString());
    }

    @Test
    void losesNothingWhereManyAppendAtOnce() throws Exception {
        int threads = 8;
        try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
            List<Future<Boolean>> all =
                    IntStream.range(0, 5 * threads)
                            .mapToObj(i -> accepted("run " + i))
                            .map(each -> executor.submit(() -> history().append(each)))
                            .toList();
            for (Future<Boolean> each : all) {
                assertTrue(each.get());
            }
        }
        long labels =
                lines().stream()
                        .map(line -> ((Line.Result) line).result().label())
                        .distinct()
                        .count();
        assertEquals(40, labels);
    }

    @Test
    void refusesLabelsThatAreNone() {
        for (String label : List.of("", "  ", "a\nb", "\u001b[31m", "x".repeat(101))) {
            assertThrows(IllegalArgumentException.class, () -> accepted(label));
        }
    }

    @Test
    void findsTheHostAnew() throws IOException {
        history().append(accepted("a"));
        String good = Files.readString(file());
        Files.writeString(
                file(), good.replaceFirst("\"fingerprint\":\"\\w+\"", "\"fingerprint\":\"\""));
        Accepted read = ((Line.Result) lines().getFirst()).result();
        assertEquals(Fingerprint.of(SampleHistory.HOST), read.host());
    }
}
