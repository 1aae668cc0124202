package kvm4j.testing.suite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.testing.verdict.Verdict;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;

class StepSummaryTest {

    /** All that is markup in a summary. */
    private static final String TAGS =
            "</?(h3|p|table|tr|td|th|code|pre|ul|li|details|summary)>|<br>"
                    + "|<td (align=\"right\"|colspan=\"4\")>";

    @TempDir private Path folder;

    private static TestResult passed(String guest, int milliseconds) {
        Verdict verdict = new Verdict("ends well", Verdict.Status.PASSED, "");
        Duration duration = Duration.ofMillis(milliseconds);
        return new TestResult(guest, List.of(verdict), duration, 1, List.of(), Optional.empty());
    }

    private static TestResult skipped(String guest, String reason) {
        Verdict verdict = new Verdict("ends well", Verdict.Status.SKIPPED, reason);
        return new TestResult(
                guest, List.of(verdict), Duration.ZERO, 0, List.of(), Optional.empty());
    }

    private static TestResult failed(String guest, String test, String printed) {
        Verdict verdict = new Verdict(test, Verdict.Status.FAILED, "");
        return new TestResult(
                guest,
                List.of(verdict, new Verdict("other", Verdict.Status.PASSED, "")),
                Duration.ofMillis(7),
                1,
                List.of(verdict),
                Optional.of(ReportsTest.report(guest, printed)));
    }

    private static TestResult flaky(String guest) {
        Verdict verdict = new Verdict("ticks", Verdict.Status.PASSED, "");
        return new TestResult(
                guest,
                List.of(verdict),
                Duration.ofMillis(7),
                3,
                List.of(new Verdict("ticks", Verdict.Status.FAILED, "97 seen")),
                Optional.of(ReportsTest.report(guest, "FAIL: ticks\n")));
    }

    private static String summary(TestResult... results) {
        return StepSummary.of(List.of(results), StepSummary.MOST_BYTES);
    }

    private static void assertInOrder(String text, String... parts) {
        int from = 0;
        for (String part : parts) {
            int at = text.indexOf(part, from);
            assertTrue(at >= 0, () -> part + " is not behind what comes before, in:\n" + text);
            from = at + part.length();
        }
    }

    @Test
    void tellsOfTheFailuresFirst() {
        assertInOrder(
                summary(
                        passed("quick", 1),
                        skipped("nothing", "no disk"),
                        passed("slow", 9),
                        flaky("timer.elf"),
                        failed("apic.elf", "self ipi", "FAIL: self ipi\n")),
                "<h3>❌ 1 of 5 guests failed</h3>",
                "6 tests, which took 0.024 s: 4 passed, 1 failed, 1 skipped. 1 guest was flaky.",
                "<table>",
                "<td>❌</td><td><code>apic.elf</code></td><td>1&nbsp;of&nbsp;2</td>",
                "<td>⚠️</td><td><code>timer.elf</code></td><td>2&nbsp;of&nbsp;3&nbsp;attempts",
                "</table>",
                "<details><summary>❌ <code>apic.elf</code>: 1 of 2 failed</summary>",
                "<li><code>self ipi</code></li>",
                "<pre>kvm4j run apic.elf</pre>",
                "<p>COM1, 15 bytes</p>",
                "<pre>FAIL: self ipi</pre>",
                "<p>the guest exited with code 1</p>",
                "<pre>RIP 0</pre>",
                "</details>",
                "<details><summary>⚠️ <code>timer.elf</code>: passed at attempt 3</summary>",
                "<li><code>ticks</code>: 97 seen</li>",
                "<summary>✅ 2 guests passed, the slowest first</summary>",
                "<code>slow</code>",
                "<code>quick</code>",
                "<summary>⚪ 1 guest had nothing to run</summary>",
                "<code>nothing</code></td><td>no disk</td>");
    }

    @Test
    void saysThatNothingFailed() {
        String text = summary(passed("one", 1), passed("two", 1));
        assertInOrder(text, "<h3>✅ No failure in 2 guests</h3>", "No guest was flaky.");
        assertFalse(text.contains("❌"), text);
        assertInOrder(summary(skipped("one", "no KVM")), "<h3>⚪ Nothing to run in 1 guest</h3>");
    }

    /** An empty line ends what Markdown leaves alone, but for a block that begins with pre. */
    @Test
    void nothingThatAGuestPrintsIsMarkup() {
        Random random = new Random(14);
        List<String> signs =
                List.of("<", ">", "&", "</pre>", "</details>", "`", "|", "\n", "\n\n", "\r", "x");
        for (int round = 0; round < 500; round++) {
            StringBuilder text = new StringBuilder();
            for (int i = random.nextInt(40); i > 0; i--) {
                text.append(signs.get(random.nextInt(signs.size())));
            }
            String any = text.toString();
            String markup =
                    summary(failed(any, any, any), flaky(any), passed(any, 1), skipped(any, any));
            assertFalse(markup.replaceAll(TAGS, "").contains("<"), markup);
            String outside = markup.replaceAll("(?s)<pre>.*?</pre>", "");
            for (String block : outside.split("\n\n+")) {
                assertTrue(block.isBlank() || block.stripLeading().startsWith("<"), markup);
            }
        }
    }

    @Test
    void blocksOfTextStartBehindAnEmptyLine() {
        String text = summary(failed("apic.elf", "a", "one\n\n\n    two\n"));
        assertTrue(text.contains("\n\n<pre>one\n\n\n    two</pre>\n\n"), text);
        assertEquals(text.split("<pre>", -1).length, text.split("\n\n<pre>", -1).length, text);
    }

    @Test
    void ofAConsoleTheEnd() {
        String lines = "line of the console\n".repeat(5000) + "the last\n";
        String text = summary(failed("apic.elf", "a", lines));
        assertInOrder(
                text, "COM1, 100009 bytes, the end of them", "<pre>line of", "the last</pre>");
        assertTrue(text.length() < 8000, text);
    }

    /** GitHub shows nothing at all of a file with more than 1 MiB. */
    @Test
    void staysWithinTheLimit() throws IOException {
        List<TestResult> results =
                IntStream.range(0, 2000)
                        .mapToObj(i -> failed("guest-" + i, "ä".repeat(4096), "€".repeat(16_000)))
                        .toList();
        Path file = folder.resolve("summary.md");
        StepSummary.append(results, file);
        long size = Files.size(file);
        assertTrue(size < StepSummary.MOST_BYTES && size > StepSummary.MOST_BYTES / 2, "" + size);
        String text = Files.readString(file);
        assertInOrder(text, "2000 of 2000", "and 1900 guests more", "There is no room for");
        while (Files.size(file) < StepSummary.MOST_BYTES - 1000) {
            long before = Files.size(file);
            StepSummary.append(results, file);
            assertTrue(Files.size(file) > before, "not even the first lines of it");
        }
        for (int i = 0; i < 10; i++) {
            StepSummary.append(results, file);
        }
        assertTrue(Files.size(file) <= StepSummary.MOST_BYTES, "" + Files.size(file));
        assertTrue(Files.readString(file).startsWith(text));
    }

    /** To open a pipe waits for who reads it. */
    @Test
    @Timeout(60)
    void goesToAFileAlone(@TempDir Path place) throws Exception {
        Path fifo = place.resolve("fifo");
        assertEquals(0, new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor());
        List<TestResult> results = List.of(passed("one", 1));
        assertThrows(FileSystemException.class, () -> StepSummary.append(results, fifo));
    }

    @Test
    void isAppended() throws IOException {
        Path file = Files.writeString(folder.resolve("summary.md"), "- of another command");
        StepSummary.append(List.of(passed("one", 1)), file);
        assertTrue(Files.readString(file).startsWith("- of another command\n\n<h3>"));
    }
}
