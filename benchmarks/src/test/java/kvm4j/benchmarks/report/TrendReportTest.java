package kvm4j.benchmarks.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.benchmarks.history.Accepted;
import kvm4j.benchmarks.history.Line;
import kvm4j.benchmarks.history.SampleHistory;

import org.jsoup.nodes.Document;
import org.jsoup.parser.Parser;
import org.junit.jupiter.api.Test;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.time.Instant;
import java.util.List;
import java.util.Map;

class TrendReportTest {

    private static TrendReport report() {
        TrendReport report = new TrendReport();
        Accepted first = SampleHistory.accepted("</script>", "2026-01-01T00:00:00Z", 20, "pio-out");
        Accepted second =
                SampleHistory.accepted("second", "2026-01-02T00:00:00Z", 40, "hlt", "pio-out");
        Accepted other =
                Accepted.of(
                        SampleHistory.results(Map.of("CPU", "another"), 20, "pio-out"),
                        "other",
                        Instant.parse("2025-01-01T00:00:00Z"));
        for (Accepted accepted : List.of(second, other, first, second)) {
            report.accept(new Line.Result(accepted));
        }
        report.accept(new Line.Newer(5, 2));
        report.accept(new Line.Damaged(6, "text"));
        return report;
    }

    private static JsonNode data() {
        Document page = Parser.htmlParser().parseInput(report().html(), "");
        return JsonMapper.shared().readTree(page.getElementById("data").data());
    }

    @Test
    void isWellFormedAndNeedsNothingButItself() {
        Parser parser = Parser.htmlParser().setTrackErrors(10);
        Document page = parser.parseInput(report().html(), "");
        assertEquals(List.of(), parser.getErrors());
        assertEquals(0, page.select("[src], link, iframe, img, object").size());
        assertFalse(report().html().contains("{{"));
        assertEquals(1, page.select("#hosts").size());
    }

    @Test
    void ordersResultsByDateAndTakesEachOnce() {
        JsonNode hosts = data();
        assertEquals(2, hosts.size());
        JsonNode host = hosts.get(0);
        assertEquals("</script>", host.at("/moments/0/label").asString());
        assertEquals("second", host.at("/moments/1/label").asString());
        assertEquals(2, host.get("moments").size());
        assertEquals("another", hosts.at("/1/facts/CPU").asString());
    }

    @Test
    void leavesAGapWhereAKindWasNotMeasured() {
        JsonNode kinds = data().at("/0/kinds");
        assertEquals("hlt", kinds.at("/0/kind").asString());
        assertTrue(kinds.at("/0/figures/0").isNull());
        assertEquals(40, kinds.at("/0/figures/1/above/value").asDouble(), 3);
        assertEquals(20, kinds.at("/1/figures/0/above/value").asDouble(), 3);
        assertEquals(271, kinds.at("/1/figures/0/floor/value").asDouble(), 1);
        assertTrue(kinds.at("/1/figures/0/above/interval/low").isNumber());
    }

    @Test
    void showsTheLastResultsInTheTerminal() {
        List<String> lines = report().text().lines().toList();
        assertTrue(lines.getFirst().endsWith("last accepted: second"), lines.getFirst());
        assertTrue(lines.get(2).matches("hlt +1 +271 ns +311 ns +\\+.* +- +-"), lines.get(2));
        assertTrue(
                lines.get(3).matches("pio-out +2 .* \\+\\d+\\.\\d ns +\\+\\d+\\.\\d ns"),
                lines.get(3));
        assertEquals("no result has been accepted yet\n", new TrendReport().text());
    }
}
