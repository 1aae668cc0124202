package kvm4j.testing.suite;

import kvm4j.testing.verdict.Verdict;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import javax.xml.stream.XMLStreamWriter;

/**
 * JUnit's XML, as GitHub's, GitLab's and Jenkins' readers know it: a suite for each guest, a case
 * for each of its tests. Whatever a guest prints, it is well-formed.
 */
public final class JUnitReport {

    private JUnitReport() {}

    /**
     * Writes a report.
     *
     * @param results the results of a suite
     * @param file where to
     * @throws IOException if it cannot be written
     */
    public static void write(List<TestResult> results, Path file) throws IOException {
        try (OutputStream output = Files.newOutputStream(file)) {
            write(results, output);
        } catch (XMLStreamException e) {
            throw new IOException(e);
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
        attribute(xml, "skipped", sum(results, Verdict.Status.SKIPPED));
        long nanoseconds = results.stream().mapToLong(result -> result.duration().toNanos()).sum();
        attribute(xml, "time", seconds(Duration.ofNanos(nanoseconds)));
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
        Duration each = result.duration().dividedBy(result.tests().size());
        for (Verdict test : result.tests()) {
            writeCase(xml, result, test, each);
        }
        xml.writeCharacters("\n  ");
        xml.writeEndElement();
    }

    private static void writeCase(
            XMLStreamWriter xml, TestResult result, Verdict test, Duration duration)
            throws XMLStreamException {
        xml.writeCharacters("\n    ");
        xml.writeStartElement("testcase");
        attribute(xml, "classname", result.name());
        attribute(xml, "name", test.name());
        attribute(xml, "time", seconds(duration));
        switch (test.status()) {
            case PASSED -> {
                if (result.flaky()) {
                    writeFailure(xml, "flakyFailure", "failed before", result);
                }
            }
            case SKIPPED -> {
                xml.writeEmptyElement("skipped");
                attribute(xml, "message", test.detail());
            }
            case FAILED -> writeFailure(xml, "failure", what(test), result);
        }
        xml.writeEndElement();
    }

    private static String what(Verdict test) {
        return test.detail().isEmpty() ? "the guest reports a failure" : test.detail();
    }

    private static void writeFailure(
            XMLStreamWriter xml, String element, String message, TestResult result)
            throws XMLStreamException {
        xml.writeStartElement(element);
        attribute(xml, "message", message);
        attribute(xml, "type", "kvm4j");
        xml.writeCharacters(XmlText.of(result.report().orElse("")));
        xml.writeEndElement();
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
        try (InputStream input = Files.newInputStream(file)) {
            XMLStreamReader xml = factory.createXMLStreamReader(input);
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
        return Duration.ofNanos((long) (Double.parseDouble(seconds) * 1e9));
    }
}
