package kvm4j.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.benchmarks.kind.ExitKind;
import kvm4j.benchmarks.result.ResultsFile;
import kvm4j.benchmarks.result.SampleResults;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import picocli.CommandLine;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

class BenchCommandTest {

    private final StringWriter out = new StringWriter();
    private final StringWriter errors = new StringWriter();

    @TempDir private Path folder;

    private int run(String... arguments) {
        return Main.commandLine()
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(errors))
                .execute(arguments);
    }

    private String results(String name, double above) throws IOException {
        Random random = new Random(name.hashCode());
        List<double[]> floor = List.of(random.doubles(100, 270, 272).toArray());
        List<double[]> noise = List.of(random.doubles(100, -3, 3).toArray());
        Path file = folder.resolve(name);
        ResultsFile.write(
                SampleResults.of(SampleResults.row("pio-out", floor, 270, above, noise)), file);
        return file.toString();
    }

    @Test
    void showsResults() throws IOException {
        assertEquals(0, run("show", results("a.json", 20)));
        assertTrue(out.toString().contains("Vcpu.run()"), out.toString());
    }

    @Test
    void answersWhetherSomethingGotSlower() throws IOException {
        String fast = results("fast.json", 20);
        String slow = results("slow.json", 70);
        assertEquals(1, run("compare", fast, slow));
        assertTrue(out.toString().contains("slower"), out.toString());
        assertEquals(0, run("compare", slow, fast));
        assertEquals(0, run("compare", fast, fast));
        assertEquals(0, run("compare", "--threshold", "50", fast, slow));
    }

    @Test
    void refusesFilesThatHoldNoResults() throws IOException {
        String good = results("good.json", 20);
        String missing = folder.resolve("missing.json").toString();
        assertEquals(65, run("show", missing));
        assertEquals(65, run("compare", good, missing));
        assertEquals(65, run("show", folder.toString()));
        Path text = Files.writeString(folder.resolve("text"), "hello");
        assertEquals(65, run("compare", text.toString(), good));
        assertEquals(4, errors.toString().lines().count(), errors.toString());
        assertTrue(errors.toString().startsWith("kvm4j: no such file: " + missing));
    }

    @Test
    void namesTheKindsOfExit() {
        assertEquals(64, run("--kind", "teleport"));
        for (ExitKind kind : ExitKind.values()) {
            assertTrue(errors.toString().contains(kind.kindName()), errors.toString());
        }
    }

    @Test
    void explainsItself() {
        assertEquals(0, run("--help"));
        assertEquals(0, run("compare", "--help"));
        assertTrue(out.toString().contains("Usage: kvm4j bench compare"), out.toString());
    }

    @Test
    void takesKindsByTheNamesItLists() {
        CommandLine command = Main.commandLine();
        command.parseArgs("--kind", "pio-out", "--kind", "system-call", "--full");
        assertEquals(
                List.of(ExitKind.PIO_OUT, ExitKind.SYSTEM_CALL),
                command.getCommandSpec().findOption("--kind").getValue());
    }
}
