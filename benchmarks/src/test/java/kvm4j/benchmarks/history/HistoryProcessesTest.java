package kvm4j.benchmarks.history;

import static org.junit.jupiter.api.Assertions.assertEquals;

import kvm4j.benchmarks.result.LabResults;
import kvm4j.benchmarks.result.ResultsFile;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

class HistoryProcessesTest {

    private static final int PROCESSES = 3;
    private static final int ACCEPTED = 5;

    /** Accepts a run under several labels. */
    static final class Acceptor {
        public static void main(String[] arguments) throws Exception {
            HistoryFile history = new HistoryFile(Path.of(arguments[0]));
            LabResults results = ResultsFile.read(Path.of(arguments[1]));
            for (int i = 0; i < ACCEPTED; i++) {
                String label = arguments[2] + "." + i;
                history.append(Accepted.of(results, label, Instant.now()));
            }
        }
    }

    @Test
    void losesNothingWhereSeveralProcessesAppend(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("bench.jsonl");
        Path results = folder.resolve("results.json");
        ResultsFile.write(SampleHistory.results(SampleHistory.HOST, 20, "pio-out"), results);
        List<Process> processes = new ArrayList<>();
        for (int i = 0; i < PROCESSES; i++) {
            processes.add(acceptor(file, results, i));
        }
        for (Process process : processes) {
            String said =
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertEquals(0, process.waitFor(), said);
        }
        Set<String> labels = new HashSet<>();
        new HistoryFile(file).read(line -> labels.add(((Line.Result) line).result().label()));
        assertEquals(ACCEPTED * PROCESSES, labels.size());
    }

    private static Process acceptor(Path file, Path results, int number) throws Exception {
        String path =
                System.getProperty("java.class.path")
                        + ":"
                        + System.getProperty("jdk.module.path", "")
                        + ":"
                        + Path.of(
                                Acceptor.class
                                        .getProtectionDomain()
                                        .getCodeSource()
                                        .getLocation()
                                        .toURI());
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseSerialGC",
                        "-cp",
                        path,
                        Acceptor.class.getName(),
                        file.toString(),
                        results.toString(),
                        Integer.toString(number))
                .redirectErrorStream(true)
                .start();
    }
}
