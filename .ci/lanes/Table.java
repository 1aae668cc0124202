import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

import javax.xml.parsers.DocumentBuilderFactory;

/**
 * Prints, as Markdown, what passed on which vendor's KVM: a row for each test class that a lane
 * ran, a column for this host and each lane, from the JUnit reports that the last runs left; then
 * what was skipped, and why. Run it in the checkout: {@code java .ci/lanes/Table.java}.
 */
final class Table {

    private static final class Score {
        private int passed;
        private int failed;
        private int skipped;

        @Override
        public String toString() {
            return passed
                    + (failed > 0 ? ", **" + failed + " failed**" : "")
                    + (skipped > 0 ? ", " + skipped + " skipped" : "");
        }
    }

    private final Map<String, Map<String, Score>> scores = new TreeMap<>();
    private final Map<String, TreeSet<String>> skips = new TreeMap<>();

    public static void main(String[] arguments) throws Exception {
        Map<String, List<Path>> hosts = new LinkedHashMap<>();
        hosts.put("this host", reports(Path.of("runtime"), "surefire-reports"));
        hosts.put("kvm_amd", reports(Path.of("target/lanes/svm"), "junit"));
        hosts.put("kvm_intel", reports(Path.of("target/lanes/vmx"), "junit"));
        Table table = new Table();
        for (var host : hosts.entrySet()) {
            for (Path report : host.getValue()) {
                table.add(host.getKey(), report);
            }
        }
        table.print(List.copyOf(hosts.keySet()));
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

    private void add(String host, Path report) throws Exception {
        NodeList cases =
                DocumentBuilderFactory.newInstance()
                        .newDocumentBuilder()
                        .parse(report.toFile())
                        .getElementsByTagName("testcase");
        for (int i = 0; i < cases.getLength(); i++) {
            add(host, (Element) cases.item(i));
        }
    }

    private void add(String host, Element test) {
        String name = test.getAttribute("classname").replaceFirst("^.*\\.", "");
        Score score =
                scores.computeIfAbsent(name, _ -> new TreeMap<>())
                        .computeIfAbsent(host, _ -> new Score());
        NodeList skipped = test.getElementsByTagName("skipped");
        if (skipped.getLength() > 0) {
            score.skipped++;
            skips.computeIfAbsent(host, _ -> new TreeSet<>())
                    .add(name + ": " + reason((Element) skipped.item(0)));
        } else if (has(test, "failure") || has(test, "error")) {
            score.failed++;
        } else {
            score.passed++;
        }
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

    private void print(List<String> hosts) {
        System.out.println("| tests | " + String.join(" | ", hosts) + " |");
        System.out.println("|---" + "|---".repeat(hosts.size()) + "|");
        scores.values().removeIf(row -> row.keySet().equals(Set.of(hosts.getFirst())));
        scores.forEach(
                (name, row) -> {
                    List<String> cells = new ArrayList<>(List.of(name));
                    hosts.forEach(
                            host ->
                                    cells.add(
                                            row.containsKey(host) ? row.get(host).toString() : ""));
                    System.out.println("| " + String.join(" | ", cells) + " |");
                });
        skips.forEach(
                (host, reasons) -> {
                    System.out.println("\nSkipped on " + host + ":\n");
                    reasons.forEach(reason -> System.out.println("- " + reason));
                });
    }
}
