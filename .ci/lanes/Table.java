import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.mapping;
import static java.util.stream.Collectors.toCollection;

import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;

/**
 * Prints, as Markdown, what passed on which vendor's KVM, from what the last runs left: a row for
 * each test class that a lane ran; a column for this host and for each lane; then what was skipped,
 * and why. Run it in the checkout: {@code java .ci/lanes/Table.java}.
 */
final class Table {

    /** What became of one test. */
    private record Verdict(String feature, Result result, String reason) {}

    private enum Result {
        PASSED,
        FAILED,
        SKIPPED
    }

    private final SequencedMap<String, List<Verdict>> hosts = new LinkedHashMap<>();

    public static void main(String[] arguments) throws Exception {
        Table table = new Table();
        table.hosts.put(vendorOfThisHost(), tests(Path.of("."), "surefire-reports"));
        table.hosts.put("kvm_amd", tests(Path.of("target/lanes/svm"), "junit"));
        table.hosts.put("kvm_intel", tests(Path.of("target/lanes/vmx"), "junit"));
        table.print();
    }

    private static String vendorOfThisHost() {
        return Stream.of("kvm_intel", "kvm_amd", "kvm_pvm")
                .filter(module -> Files.isDirectory(Path.of("/sys/module", module)))
                .map(module -> "this host: " + module)
                .findFirst()
                .orElse("this host");
    }

    /** The tests that JUnit's reports in the folders of this name tell of. */
    private static List<Verdict> tests(Path root, String folder)
            throws IOException, ParserConfigurationException, SAXException {
        List<Verdict> verdicts = new ArrayList<>();
        for (Path report : reports(root, folder)) {
            NodeList cases =
                    DocumentBuilderFactory.newInstance()
                            .newDocumentBuilder()
                            .parse(report.toFile())
                            .getElementsByTagName("testcase");
            for (int i = 0; i < cases.getLength(); i++) {
                verdicts.add(test((Element) cases.item(i)));
            }
        }
        return verdicts;
    }

    private static List<Path> reports(Path root, String folder) throws IOException {
        if (!Files.isDirectory(root)) {
            return List.of();
        }
        try (Stream<Path> files = Files.walk(root)) {
            return files.filter(file -> file.getFileName().toString().matches("TEST-.*\\.xml"))
                    .filter(file -> file.getParent().getFileName().toString().equals(folder))
                    .sorted()
                    .toList();
        }
    }

    private static Verdict test(Element test) {
        String feature = test.getAttribute("classname").replaceFirst("^.*\\.(\\w+)Test(\\$\\w+)?$", "$1");
        NodeList skipped = test.getElementsByTagName("skipped");
        if (skipped.getLength() > 0) {
            return new Verdict(feature, Result.SKIPPED, reason((Element) skipped.item(0)));
        }
        boolean failed = has(test, "failure") || has(test, "error");
        return new Verdict(feature, failed ? Result.FAILED : Result.PASSED, "");
    }

    private static boolean has(Element test, String child) {
        return test.getElementsByTagName(child).getLength() > 0;
    }

    /** Surefire writes the reason as an attribute, JUnit's own report as a stack trace. */
    private static String reason(Element skipped) {
        String message = skipped.getAttribute("message");
        String text = message.isEmpty() ? skipped.getTextContent().strip() : message;
        return text.lines()
                .findFirst()
                .orElse("no reason given")
                .replaceFirst("^\\S*TestAbortedException: ", "")
                .replaceFirst("^Assumption failed: ", "");
    }

    private void print() {
        System.out.println("| feature | " + String.join(" | ", hosts.keySet()) + " |");
        System.out.println("|---" + "|---:".repeat(hosts.size()) + "|");
        for (String feature : features()) {
            System.out.println(
                    hosts.values().stream()
                            .map(verdicts -> score(verdicts, feature))
                            .collect(joining(" | ", "| " + feature + " | ", " |")));
        }
        hosts.forEach(this::printSkips);
    }

    /** What a lane tried, so that this host's other tests are left out. */
    private TreeSet<String> features() {
        return hosts.values().stream()
                .skip(1)
                .flatMap(List::stream)
                .map(Verdict::feature)
                .collect(toCollection(TreeSet::new));
    }

    private static String score(List<Verdict> verdicts, String feature) {
        List<String> parts = new ArrayList<>();
        for (Result result : Result.values()) {
            long count =
                    verdicts.stream()
                            .filter(v -> v.feature.equals(feature) && v.result == result)
                            .count();
            if (count > 0) {
                parts.add(
                        switch (result) {
                            case PASSED -> Long.toString(count);
                            case FAILED -> "**" + count + " failed**";
                            case SKIPPED -> count + " skipped";
                        });
            }
        }
        return parts.isEmpty() ? "–" : String.join(", ", parts);
    }

    private void printSkips(String host, List<Verdict> verdicts) {
        Map<String, TreeSet<String>> skips =
                verdicts.stream()
                        .filter(v -> v.result == Result.SKIPPED && features().contains(v.feature))
                        .collect(
                                groupingBy(
                                        Verdict::reason,
                                        TreeMap::new,
                                        mapping(Verdict::feature, toCollection(TreeSet::new))));
        if (!skips.isEmpty()) {
            System.out.println("\nSkipped on " + host + ":\n");
            skips.forEach(
                    (reason, features) ->
                            System.out.println(
                                    "- " + reason + " (" + String.join(", ", features) + ")"));
        }
    }
}
