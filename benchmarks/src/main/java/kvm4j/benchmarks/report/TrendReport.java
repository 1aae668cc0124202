package kvm4j.benchmarks.report;

import kvm4j.benchmarks.history.Figure;
import kvm4j.benchmarks.history.Line;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/** The trend of a history, which it gets line by line, as a page and for a terminal. */
public final class TrendReport implements Consumer<Line> {

    private static final String NONE = "-";

    private final Trend trend = new Trend();

    /** A trend without results. */
    public TrendReport() {}

    @Override
    public void accept(Line line) {
        trend.accept(line);
    }

    /**
     * Writes the page.
     *
     * @param file the file, replaced if it exists
     * @throws IOException if it cannot be written
     */
    public void write(Path file) throws IOException {
        Files.writeString(file, html());
    }

    String html() {
        return new DataPage("trend", trend.hosts()).html();
    }

    /** {@return the trend for a terminal, with a line end at its end} */
    public String text() {
        List<Trend.Host> hosts = trend.hosts();
        if (hosts.isEmpty()) {
            return "no result has been accepted yet\n";
        }
        StringBuilder text = new StringBuilder();
        for (Trend.Host host : hosts) {
            text.append(text.isEmpty() ? "" : "\n").append(text(host));
        }
        return text.toString();
    }

    private static String text(Trend.Host host) {
        TextTable table =
                new TextTable(
                        "exit",
                        "results",
                        "C",
                        "Java",
                        "above C (95 % interval)",
                        "before",
                        "first");
        for (Trend.Kind kind : host.kinds()) {
            List<Figure> figures = kind.known();
            Figure last = figures.getLast();
            List<Figure> earlier = figures.subList(0, figures.size() - 1);
            table.add(
                    kind.kind(),
                    Integer.toString(figures.size()),
                    last.floor() == null ? NONE : Times.format(last.floor().value()),
                    Times.format(last.java().value()),
                    last.above() == null ? NONE : Times.difference(last.above()),
                    earlier.isEmpty() ? NONE : above(earlier.getLast()),
                    earlier.isEmpty() ? NONE : above(earlier.getFirst()));
        }
        return "%s: %s, last accepted: %s\n%s"
                .formatted(host.id(), host.title(), host.moments().getLast().label(), table.text());
    }

    private static String above(Figure figure) {
        return figure.above() == null ? NONE : Times.signed(figure.above().value());
    }
}
