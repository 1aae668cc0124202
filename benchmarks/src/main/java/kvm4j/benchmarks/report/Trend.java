package kvm4j.benchmarks.report;

import kvm4j.benchmarks.history.Accepted;
import kvm4j.benchmarks.history.Figure;
import kvm4j.benchmarks.history.Line;
import kvm4j.benchmarks.host.Fingerprint;

import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Gathers from a history what its trend is: by fingerprint and kind of exit, the figures of one
 * accepted result after the other.
 */
final class Trend implements Consumer<Line> {

    private final Map<Fingerprint, Set<Run>> runs = new LinkedHashMap<>();

    /**
     * An accepted result without what only comparisons need.
     *
     * @param label what was measured
     * @param accepted when it was accepted
     * @param started when it was measured
     * @param versions what ran
     * @param kernel the kernel's whole release
     * @param figures what it says of each kind
     */
    private record Run(
            String label,
            Instant accepted,
            Instant started,
            Map<String, String> versions,
            String kernel,
            List<Figure> figures) {

        static Run of(Accepted accepted) {
            return new Run(
                    accepted.label(),
                    accepted.accepted(),
                    accepted.results().started(),
                    accepted.results().versions(),
                    accepted.results().host().get("kernel"),
                    accepted.figures());
        }

        Moment moment() {
            return new Moment(
                    label,
                    accepted.toString(),
                    started.toString(),
                    versions.get("kvm4j"),
                    versions.get("Java"),
                    kernel);
        }

        /** The figure of a kind, or null. */
        Figure figure(String kind) {
            return figures.stream()
                    .filter(figure -> figure.kind().equals(kind))
                    .findFirst()
                    .orElse(null);
        }
    }

    /**
     * The trend on hosts of one fingerprint.
     *
     * @param id the fingerprint's
     * @param title the host in a few words
     * @param facts the fingerprint's
     * @param moments the accepted results, the earliest first
     * @param kinds the kinds of exit that they have
     */
    record Host(
            String id,
            String title,
            Map<String, String> facts,
            List<Moment> moments,
            List<Kind> kinds) {}

    /**
     * An accepted result; what is not known of it is null.
     *
     * @param label what was measured
     * @param accepted when it was accepted, as ISO 8601
     * @param started when it was measured, as ISO 8601
     * @param kvm4j kvm4j's version
     * @param java Java's version
     * @param kernel the kernel's release
     */
    record Moment(
            String label,
            String accepted,
            String started,
            String kvm4j,
            String java,
            String kernel) {}

    /**
     * A kind of exit.
     *
     * @param kind its name
     * @param title what it is
     * @param figures for each moment, null where the kind was not measured
     */
    record Kind(String kind, String title, List<Figure> figures) {

        /** The figures of those moments that have one. */
        List<Figure> known() {
            return figures.stream().filter(figure -> figure != null).toList();
        }
    }

    /** Two histories that were merged may have a line twice. */
    @Override
    public void accept(Line line) {
        if (line instanceof Line.Result(Accepted accepted)) {
            runs.computeIfAbsent(accepted.host(), _ -> new LinkedHashSet<>()).add(Run.of(accepted));
        }
    }

    /** The trend by fingerprint; the host that was measured last comes first. */
    List<Host> hosts() {
        return runs.entrySet().stream()
                .map(entry -> host(entry.getKey(), entry.getValue()))
                .sorted(Comparator.comparing(Trend::lastAccepted).reversed())
                .toList();
    }

    private static Instant lastAccepted(Host host) {
        return Instant.parse(host.moments().getLast().accepted());
    }

    private static Host host(Fingerprint fingerprint, Collection<Run> unordered) {
        List<Run> runs = unordered.stream().sorted(Comparator.comparing(Run::accepted)).toList();
        return new Host(
                fingerprint.id(),
                fingerprint.title(),
                fingerprint.facts(),
                runs.stream().map(Run::moment).toList(),
                kinds(runs));
    }

    /** Kinds in the order of the latest results, with its titles; then those that it lacks. */
    private static List<Kind> kinds(List<Run> runs) {
        Map<String, String> titles = new LinkedHashMap<>();
        for (Run run : runs.reversed()) {
            run.figures().forEach(figure -> titles.putIfAbsent(figure.kind(), figure.title()));
        }
        return titles.entrySet().stream()
                .map(
                        entry ->
                                new Kind(
                                        entry.getKey(),
                                        entry.getValue(),
                                        runs.stream()
                                                .map(run -> run.figure(entry.getKey()))
                                                .toList()))
                .toList();
    }
}
