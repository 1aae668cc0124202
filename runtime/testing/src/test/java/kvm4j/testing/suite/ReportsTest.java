package kvm4j.testing.suite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.testing.Channel;
import kvm4j.testing.FailureReport;
import kvm4j.testing.FailureReport.Printed;
import kvm4j.testing.verdict.Verdict;
import kvm4j.testing.verdict.VerdictReader;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xml.sax.helpers.DefaultHandler;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;

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
                    List.of(new Verdict("b: #1", Verdict.Status.FAILED, "50 %\nof it")),
                    Optional.of(report("one.elf", "")));

    private static final TestResult FLAKY =
            new TestResult(
                    "flaky",
                    List.of(new Verdict("ends well", Verdict.Status.PASSED, "")),
                    Duration.ofMillis(500),
                    2,
                    List.of(new Verdict("ends well", Verdict.Status.FAILED, "it hung")),
                    Optional.of(report("flaky.elf", "")));

    @TempDir private Path folder;

    static FailureReport report(String guest, String printed) {
        return new FailureReport(
                guest,
                "the guest exited with code 1",
                "kvm4j run " + guest,
                List.of(new Printed(Channel.COM1, printed.length(), true, printed)),
                "RIP 0\n",
                "SHUTDOWN\n");
    }

    private String junit(TestResult... results) throws IOException {
        Path file = folder.resolve("report.xml");
        JUnitReport.write(List.of(results), file);
        return Files.readString(file);
    }

    private static int count(String text, String part) {
        return text.split(Pattern.quote(part), -1).length - 1;
    }

    @Test
    void junit() throws IOException {
        String xml = junit(MIXED, FLAKY);
        assertTrue(
                xml.contains(
                        "<testsuites name=\"kvm4j\" tests=\"4\" failures=\"1\" errors=\"0\""
                                + " time=\"2.000\">"),
                xml);
        assertTrue(xml.contains(" time=\"1.500\" skipped=\"1\">"), xml);
        assertTrue(xml.contains("<skipped message=\"no disk\"/>"), xml);
        assertTrue(xml.contains("\nrepeat: kvm4j run one.elf\n--- COM1"), xml);
        assertTrue(
                xml.contains(
                        "<flakyFailure message=\"failed before\" type=\"kvm4j\">"
                                + "<stackTrace>guest: flaky.elf\n"),
                xml);
        assertEquals(
                Map.of("guest, one", Duration.ofMillis(1500), "flaky", Duration.ofMillis(500)),
                JUnitReport.durations(folder.resolve("report.xml")));
    }

    /**
     * Jenkins splits a class's name at the last dot, others take what is behind it for the file.
     */
    @Test
    void aGuestIsAClassOfOnePackage() throws IOException {
        String xml = junit(failing("apic.x86.elf", List.of("a")));
        assertTrue(xml.contains("<testsuite name=\"apic.x86.elf\""), xml);
        assertTrue(xml.contains("classname=\"kvm4j.apic_x86_elf\" name=\"a\""), xml);
    }

    private static TestResult failing(String guest, List<String> tests) {
        List<Verdict> verdicts =
                tests.stream().map(name -> new Verdict(name, Verdict.Status.FAILED, "")).toList();
        return new TestResult(
                guest,
                verdicts,
                Duration.ofMillis(1),
                1,
                verdicts,
                Optional.of(report(guest, "printed\n")));
    }

    /** Jenkins and GitLab keep the last of one name, others call it a retry. */
    @Test
    void noTwoCasesHaveOneName() throws IOException {
        String longOne = "x".repeat(4096);
        String xml = junit(failing("g", List.of("a", "a", "a (2)", longOne, longOne)));
        for (String name : List.of("a", "a (2)", "a (2) (2)")) {
            assertEquals(1, count(xml, " name=\"" + name + "\""), xml);
        }
        assertEquals(1, count(xml, "xxx...\""), xml);
        assertEquals(1, count(xml, "xxx... (2)\""), xml);
        assertTrue(xml.lines().noneMatch(line -> line.matches(".* name=\"[^\"]{201,}.*")), xml);
    }

    /** As many as are read of one guest, all of one name. */
    @Test
    void manyTestsAreNotTooMany() throws IOException {
        List<String> tests = Collections.nCopies(VerdictReader.MOST, "a");
        String xml = junit(failing("g", tests));
        assertTrue(xml.contains(" name=\"a (" + VerdictReader.MOST + ")\""), "no last one");
        assertTrue(xml.length() < VerdictReader.MOST * 500, "" + xml.length());
    }

    /** GitLab shows nothing but the text of a failure. */
    @Test
    void aFailureSaysWhichTestItWasAndHowToRepeatIt() throws IOException {
        String xml = junit(failing("g", List.of("a", "b", "c")));
        assertTrue(xml.contains(">a: the guest reports a failure\nguest: g\nend: "), xml);
        assertTrue(xml.contains(">c: the guest reports a failure\nguest: g\nend: "), xml);
        assertEquals(3, count(xml, "repeat: kvm4j run g\n"), xml);
        assertEquals(1, count(xml, "--- COM1"), xml);
        assertEquals(2, count(xml, "more: see a\n"), xml);
    }

    @Test
    void whatFailedBeforeIsFlakyAndNothingElse() throws IOException {
        List<Verdict> passed =
                Stream.of("a", "b", "c")
                        .map(name -> new Verdict(name, Verdict.Status.PASSED, ""))
                        .toList();
        for (String failed : List.of("b", "ends well")) {
            Verdict before = new Verdict(failed, Verdict.Status.FAILED, "");
            String xml =
                    junit(
                            new TestResult(
                                    "g",
                                    passed,
                                    Duration.ofMillis(1),
                                    2,
                                    List.of(before),
                                    Optional.of(report("g", ""))));
            assertEquals(1, count(xml, "<flakyFailure"), xml);
            String flaky = failed.equals("b") ? "b" : "a";
            assertTrue(
                    xml.contains(" name=\"" + flaky + "\" time=\"0.000333\"><flakyFailure"), xml);
        }
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
                            List.of(new Verdict(text, Verdict.Status.FAILED, text)),
                            Optional.of(report(text, text + "]]>")));
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
                        "ok 3 - guest, one: c # SKIP no disk",
                        "# repeat: kvm4j run one.elf"),
                out.toString().lines().toList());
    }

    @Test
    void annotations() {
        StringWriter out = new StringWriter();
        GitHubAnnotations.write(List.of(MIXED, FLAKY), new PrintWriter(out, true));
        assertEquals(
                List.of(
                        "::error title=guest%2C one%3A 1 of 3 tests failed::"
                                + "b: #1: 50 %25%0Aof it%0Arepeat: kvm4j run one.elf",
                        "::warning title=flaky passed at attempt 2::"
                                + "before:%0Aends well: it hung%0Arepeat: kvm4j run flaky.elf"),
                out.toString().lines().toList());
    }

    /** GitHub keeps ten of a step, of 4,096 characters each, and titles of 255. */
    @Test
    void annotationsAreNoMoreThanGitHubKeeps() {
        List<String> tests = Stream.generate(() -> "x".repeat(1000)).limit(1000).toList();
        List<TestResult> results =
                IntStream.range(0, 30)
                        .mapToObj(i -> failing(i + "g".repeat(i * 100), tests))
                        .toList();
        StringWriter out = new StringWriter();
        GitHubAnnotations.write(results, new PrintWriter(out, true));
        List<String> lines = out.toString().lines().toList();
        assertEquals(10, lines.size());
        for (String line : lines) {
            String[] parts = line.split("::", 3);
            assertTrue(parts[1].length() <= "error title=".length() + 255, line);
            assertTrue(parts[2].length() < 4096 + 3 * 100, line);
        }
        assertTrue(lines.getFirst().contains("%0Aand 992 more%0Arepeat: "), lines.getFirst());
        assertTrue(lines.getLast().startsWith("::error title=21 guests more failed::9ggg"));
    }

    @Test
    void annotationsAreLines() {
        StringWriter out = new StringWriter();
        GitHubAnnotations.write(
                List.of(failing("\u001b[1mg\r\n::error::x", List.of("\u202et\u001b[0m"))),
                new PrintWriter(out, true));
        assertEquals(
                "::error title=g%0A%3A%3Aerror%3A%3Ax failed::"
                        + "\\u202et%0Arepeat: kvm4j run g%0A::error::x\n",
                out.toString());
    }
}
