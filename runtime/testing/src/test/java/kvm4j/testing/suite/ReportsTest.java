package kvm4j.testing.suite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.testing.verdict.Verdict;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xml.sax.helpers.DefaultHandler;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

import javax.xml.parsers.SAXParserFactory;

class ReportsTest {

    private static final TestResult MIXED =
            new TestResult(
                    "guest, one",
                    List.of(
                            new Verdict("a", Verdict.Status.PASSED, ""),
                            new Verdict("b: #1", Verdict.Status.FAILED, "50 %\nof it"),
                            new Verdict("c", Verdict.Status.SKIPPED, "no disk")),
                    Duration.ofMillis(1500),
                    1,
                    Optional.of("report"));

    private static final TestResult FLAKY =
            new TestResult(
                    "flaky",
                    List.of(new Verdict("ends well", Verdict.Status.PASSED, "")),
                    Duration.ofMillis(500),
                    2,
                    Optional.of("of the first"));

    @TempDir private Path folder;

    @Test
    void junit() throws IOException {
        Path file = folder.resolve("report.xml");
        JUnitReport.write(List.of(MIXED, FLAKY), file);
        String xml = Files.readString(file);
        assertTrue(
                xml.contains(
                        "<testsuites name=\"kvm4j\" tests=\"4\" failures=\"1\" errors=\"0\""
                                + " skipped=\"1\" time=\"2.000000\">"),
                xml);
        assertTrue(xml.contains("<skipped message=\"no disk\"/>"), xml);
        assertTrue(xml.contains(">report</failure>"), xml);
        assertTrue(xml.contains("<flakyFailure message=\"failed before\""), xml);
        assertEquals(
                Map.of("guest, one", Duration.ofMillis(1500), "flaky", Duration.ofMillis(500)),
                JUnitReport.durations(file));
    }

    @Test
    void whateverAGuestPrintsTheXmlIsWellFormed() throws Exception {
        Random random = new Random(14);
        for (int round = 0; round < 200; round++) {
            String text = text(random);
            Path file = folder.resolve("fuzz.xml");
            TestResult result =
                    new TestResult(
                            text,
                            List.of(
                                    new Verdict(text, Verdict.Status.FAILED, text),
                                    new Verdict(text, Verdict.Status.SKIPPED, text)),
                            Duration.ZERO,
                            1,
                            Optional.of(text + "]]>"));
            JUnitReport.write(List.of(result), file);
            SAXParserFactory.newDefaultInstance()
                    .newSAXParser()
                    .parse(file.toFile(), new DefaultHandler());
        }
    }

    private static String text(Random random) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 200; i++) {
            text.append(
                    (char) (random.nextBoolean() ? random.nextInt(128) : random.nextInt(1 << 16)));
        }
        return text.toString();
    }

    @Test
    void whatIsNoReportIsRefused() throws IOException {
        Path file =
                Files.writeString(folder.resolve("other.xml"), "<testsuite time='x' name='y'/>");
        assertThrows(IOException.class, () -> JUnitReport.durations(file));
        Path entity =
                Files.writeString(
                        folder.resolve("entity.xml"),
                        "<!DOCTYPE a [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><a>&e;</a>");
        assertThrows(IOException.class, () -> JUnitReport.durations(entity));
    }

    @Test
    void tap() {
        StringWriter out = new StringWriter();
        TapReport.write(List.of(MIXED), new PrintWriter(out, true));
        assertEquals(
                List.of(
                        "TAP version 14",
                        "1..3",
                        "ok 1 - guest, one: a",
                        "not ok 2 - guest, one: b: \\#1",
                        "# 50 % of it",
                        "ok 3 - guest, one: c # SKIP no disk"),
                out.toString().lines().toList());
    }

    @Test
    void annotations() {
        StringWriter out = new StringWriter();
        GitHubAnnotations.write(List.of(MIXED, FLAKY), new PrintWriter(out, true));
        assertEquals(
                List.of(
                        "::error title=guest%2C one%3A b%3A #1::50 %25%0Aof it",
                        "::warning title=flaky::flaky: passed at attempt 2"),
                out.toString().lines().toList());
    }
}
