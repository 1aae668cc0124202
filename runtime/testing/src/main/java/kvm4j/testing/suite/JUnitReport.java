package kvm4j.testing.suite;

import kvm4j.testing.DistinctNames;
import kvm4j.testing.verdict.Verdict;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import javax.xml.stream.XMLStreamWriter;

/**
 * JUnit's XML, as GitHub's, GitLab's and Jenkins' readers know it: a suite for each guest, a case
 * for each of its tests. Whatever a guest prints, it is well-formed, and no two cases of a guest
 * have the same name: readers would keep one of them, or take them for a test and its retry.
 *
 * <p>The guest's report is with its first failure; the others have the first lines of it.
 */
public final class JUnitReport {

    /**
     * GitHub takes no longer title of an annotation, which is made of the guest's name and this.
     */
    private static final int LONGEST_NAME = 190;

    private static final int LONGEST_MESSAGE = 1000;

    /** A year: sums of such times can be counted in nanoseconds. */
    private static final double LONGEST_SECONDS = 365 * 86_400.0;

    private JUnitReport() {}

    /**
     * Writes a report.
     *
     * @param results the results of a suite
     * @param file where to
     * @throws IOException if it cannot be written
     */
    public static void write(List<TestResult> results, Path file) throws IOException {
        try (OutputStream output = new BufferedOutputStream(Files.newOutputStream(file))) {
            write(results, output);
        } catch (XMLStreamException e) {
            throw e.getNestedException() instanceof IOException cause ? cause : new IOException(e);
        }
    }

    static void write(List<TestResult> results, OutputStream output) throws XMLStreamException {
        XMLStreamWriter xml =
                XMLOutputFactory.newDefaultFactory().createXMLStreamWriter(output, "UTF-8");
        xml.writeStartDocument("UTF-8", "1.0");
        xml.writeCharacters("\n");
        xml.writeStartElement("testsuites");
        attribute(xml, "name", "kvm4j");
        writeCounts(xml, results);
        for (TestResult result : results) {
            writeSuite(xml, result);
        }
        xml.writeCharacters("\n");
        xml.writeEndElement();
        xml.writeEndDocument();
        xml.close();
    }

    private static void writeCounts(XMLStreamWriter xml, List<TestResult> results)
            throws XMLStreamException {
        attribute(
                xml,
                "tests",
                Long.toString(results.stream().mapToLong(result -> result.tests().size()).sum()));
        attribute(xml, "failures", sum(results, Verdict.Status.FAILED));
        attribute(xml, "errors", "0");
        long nanoseconds = results.stream().mapToLong(result -> result.duration().toNanos()).sum();
        // No more digits: Jenkins' xUnit plugin refuses them.
        attribute(xml, "time", String.format(Locale.ROOT, "%.3f", nanoseconds / 1e9));
    }

    private static String sum(List<TestResult> results, Verdict.Status status) {
        return Long.toString(results.stream().mapToLong(result -> result.count(status)).sum());
    }

    private static void writeSuite(XMLStreamWriter xml, TestResult result)
            throws XMLStreamException {
        xml.writeCharacters("\n  ");
        xml.writeStartElement("testsuite");
        attribute(xml, "name", result.name());
        writeCounts(xml, List.of(result));
        attribute(xml, "skipped", sum(List.of(result), Verdict.Status.SKIPPED));
        Duration each = result.duration().dividedBy(result.tests().size());
        DistinctNames names = new DistinctNames();
        Set<Verdict> flaky = flakyTests(result);
        Optional<String> first = Optional.empty();
        for (Verdict test : result.tests()) {
            String name = names.next(ShortText.of(test.name(), LONGEST_NAME));
            startCase(xml, result, name, each);
            if (flaky.contains(test)) {
                writeFlakyFailure(xml, evidence(result, first));
                first = first.or(() -> Optional.of(name));
            } else if (test.status() == Verdict.Status.FAILED) {
                writeFailure(xml, test, evidence(result, first));
                first = first.or(() -> Optional.of(name));
            } else if (test.status() == Verdict.Status.SKIPPED) {
                xml.writeEmptyElement("skipped");
                attribute(xml, "message", test.reason());
            }
            xml.writeEndElement();
        }
        xml.writeCharacters("\n  ");
        xml.writeEndElement();
    }

    private static String evidence(TestResult result, Optional<String> first) {
        return result.report()
                .map(
                        report ->
                                first.map(name -> report.summary() + "more: see " + name + "\n")
                                        .orElseGet(report::text))
                .orElse("");
    }

    /** Those that failed before; the first that passed, if what failed is none of the tests. */
    private static Set<Verdict> flakyTests(TestResult result) {
        if (!result.flaky()) {
            return Set.of();
        }
        List<Verdict> passed = result.tests(Verdict.Status.PASSED);
        Set<String> failures =
                result.lastFailures().stream().map(Verdict::name).collect(Collectors.toSet());
        Set<Verdict> flaky =
                passed.stream()
                        .filter(test -> failures.contains(test.name()))
                        .collect(Collectors.toSet());
        return flaky.isEmpty() ? passed.stream().limit(1).collect(Collectors.toSet()) : flaky;
    }

    private static void startCase(
            XMLStreamWriter xml, TestResult result, String name, Duration duration)
            throws XMLStreamException {
        xml.writeCharacters("\n    ");
        xml.writeStartElement("testcase");
        attribute(xml, "classname", className(result.name()));
        attribute(xml, "name", name);
        attribute(xml, "time", seconds(duration));
    }

    private static void writeFlakyFailure(XMLStreamWriter xml, String evidence)
            throws XMLStreamException {
        xml.writeStartElement("flakyFailure");
        writeMessage(xml, "failed before");
        xml.writeStartElement("stackTrace");
        xml.writeCharacters(XmlText.of(evidence));
        xml.writeEndElement();
        xml.writeEndElement();
    }

    private static void writeFailure(XMLStreamWriter xml, Verdict test, String evidence)
            throws XMLStreamException {
        xml.writeStartElement("failure");
        writeMessage(xml, test.reason());
        // GitLab shows this text alone.
        xml.writeCharacters(XmlText.of(test.name() + ": " + test.reason() + "\n" + evidence));
        xml.writeEndElement();
    }

    /** Readers take what is behind the last dot for the class, and what is before for a package. */
    private static String className(String guest) {
        return "kvm4j." + guest.replace('.', '_');
    }

    private static void writeMessage(XMLStreamWriter xml, String message)
            throws XMLStreamException {
        attribute(xml, "message", ShortText.of(message, LONGEST_MESSAGE));
        attribute(xml, "type", "kvm4j");
    }

    private static void attribute(XMLStreamWriter xml, String name, String value)
            throws XMLStreamException {
        xml.writeAttribute(name, XmlText.of(value));
    }

    private static String seconds(Duration duration) {
        return String.format(Locale.ROOT, "%.6f", duration.toNanos() / 1e9);
    }

    /**
     * How long the guests of an earlier run took.
     *
     * @param file the report of that run
     * @return by the guests' names
     * @throws IOException if it cannot be read, or is no such report
     */
    public static Map<String, Duration> durations(Path file) throws IOException {
        XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        Map<String, Duration> durations = new HashMap<>();
        // what is no UTF-8 is no XML either, and not for the parser to tell on standard error
        try (InputStream input = Files.newInputStream(file);
                Reader text = new InputStreamReader(input, StandardCharsets.UTF_8)) {
            XMLStreamReader xml = factory.createXMLStreamReader(text);
            while (xml.hasNext()) {
                if (xml.next() == XMLStreamReader.START_ELEMENT
                        && xml.getLocalName().equals("testsuite")) {
                    durations.merge(
                            value(xml, "name"), duration(value(xml, "time")), Duration::plus);
                }
            }
            return durations;
        } catch (XMLStreamException | NumberFormatException e) {
            throw new IOException(file + " is no report of kvm4j test --junit", e);
        }
    }

    private static String value(XMLStreamReader xml, String name) throws XMLStreamException {
        String value = xml.getAttributeValue(null, name);
        if (value == null) {
            throw new XMLStreamException("a suite without " + name, xml.getLocation());
        }
        return value;
    }

    private static Duration duration(String seconds) {
        double value = Double.parseDouble(seconds);
        if (!(value >= 0 && value <= LONGEST_SECONDS)) {
            throw new NumberFormatException(seconds);
        }
        return Duration.ofNanos((long) (value * 1e9));
    }
}
