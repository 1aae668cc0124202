package kvm4j.benchmarks.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.benchmarks.result.LabResults;
import kvm4j.benchmarks.result.SampleResults;

import org.jsoup.nodes.Document;
import org.jsoup.parser.Parser;
import org.junit.jupiter.api.Test;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.util.List;

class HtmlReportTest {

    private static final List<double[]> TURNS = List.of(new double[] {270, 271, 272});

    private static String html() throws IOException {
        List<double[]> noise = List.of(new double[3]);
        LabResults results = SampleResults.of(SampleResults.row("pio-out", TURNS, 270, 20, noise));
        return new HtmlReport(results).html();
    }

    @Test
    void isWellFormed() throws IOException {
        Parser parser = Parser.htmlParser().setTrackErrors(10);
        parser.parseInput(html(), "");
        assertEquals(List.of(), parser.getErrors());
    }

    @Test
    void needsNothingButItself() throws IOException {
        Document page = Parser.htmlParser().parseInput(html(), "");
        assertEquals(0, page.select("[src], link, iframe, img, object").size());
        assertFalse(html().contains("{{"));
        assertFalse(page.select("style").html().contains("url("));
    }

    @Test
    void carriesTheFiguresWhateverTextsSay() throws IOException {
        Document page = Parser.htmlParser().parseInput(html(), "");
        JsonNode summary = JsonMapper.shared().readTree(page.getElementById("data").data());
        assertEquals("a <fast> one", summary.at("/host/CPU").asString());
        assertTrue(summary.at("/cautions/0").asString().contains("</script>"));
        assertEquals(271, summary.at("/rows/0/entries/0/median/value").asDouble());
        assertEquals(20, summary.at("/rows/0/entries/1/difference/value").asDouble());
        assertTrue(summary.at("/rows/0/entries/0/difference").isNull());
        assertEquals(769, summary.at("/rows/0/entries/0/spread/p50").asLong());
    }

    @Test
    void hasAPlaceForEverythingThatTheScriptDraws() throws IOException {
        Document page = Parser.htmlParser().parseInput(html(), "");
        for (String id :
                List.of("kinds-table", "kinds", "layers", "spreads", "spread-table", "host")) {
            assertEquals(1, page.select("#" + id).size(), id);
        }
    }
}
