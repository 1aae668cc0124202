package kvm4j.benchmarks.result;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

class ResultsFileTest {

    @TempDir private Path folder;

    @Test
    void givesBackWhatWasWritten() throws IOException {
        List<double[]> floor = List.of(new double[] {270.25, 271}, new double[] {1e-9, 3e12});
        List<double[]> noise = List.of(new double[2], new double[2]);
        LabResults written = SampleResults.of(SampleResults.row("pio-out", floor, 270, 20, noise));
        Path file = folder.resolve("results.json");
        ResultsFile.write(written, file);
        LabResults read = ResultsFile.read(file);

        assertEquals(written.started(), read.started());
        assertEquals(written.seconds(), read.seconds());
        assertEquals(written.host(), read.host());
        assertEquals(written.cautions(), read.cautions());
        assertEquals(written.crowds(), read.crowds());
        Row row = read.row("pio-out").orElseThrow();
        assertEquals(written.rows().getFirst().omissions(), row.omissions());
        Series series = row.series("c").orElseThrow();
        assertArrayEquals(floor.get(0), series.forks().get(0));
        assertArrayEquals(floor.get(1), series.forks().get(1));
        assertEquals(81.5, row.series("vcpu").orElseThrow().instructions());
        assertEquals(1000, series.samples().getTotalCount());
        assertEquals(769, series.samples().getValueAtPercentile(50));
    }

    @Test
    void readsAFileThatIsOlderThanCrowds() throws IOException {
        Path file = folder.resolve("results.json");
        ResultsFile.write(SampleResults.of().withCrowds(List.of()), file);
        String text = Files.readString(file);
        Files.writeString(file, text.replaceFirst(",\\s*\"crowds\"\\s*:\\s*\\[\\s*\\]", ""));
        assertFalse(Files.readString(file).contains("crowds"));
        assertEquals(List.of(), ResultsFile.read(file).crowds());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "not JSON",
                "[]",
                "{}",
                "{\"format\": 1}",
                "{\"format\": 2, \"rows\": []}",
                "{\"format\": 1, \"rows\": [{\"kind\": 1, \"unknown\": 2}]}",
                "{\"format\": 1, \"started\": \"noon\"}"
            })
    void saysThatAFileHoldsNoResults(String content) throws IOException {
        Path file = folder.resolve("broken.json");
        Files.writeString(file, content);
        IOException e = assertThrows(IOException.class, () -> ResultsFile.read(file));
        assertTrue(e.getMessage().startsWith(file + " is not a file of results"), e.getMessage());
    }
}
