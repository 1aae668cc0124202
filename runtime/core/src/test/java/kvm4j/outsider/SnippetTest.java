package kvm4j.outsider;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The snippets in the Javadoc compile, in a method where the names that they leave open mean
 * something.
 */
@Tag("sources")
class SnippetTest {

    private static final Path SOURCES = Path.of("src/main/java");

    /** What snippets leave open. Nothing of it is executed. */
    private static final String CLASS =
            """
            import java.time.*;
            import kvm4j.boot.*;
            import kvm4j.device.*;
            import kvm4j.kvm.*;
            import kvm4j.kvm.irq.*;
            import kvm4j.kvm.memory.*;
            import kvm4j.kvm.msr.*;
            import kvm4j.linux.*;
            import kvm4j.machine.*;
            import kvm4j.memory.*;
            import kvm4j.trace.*;
            import kvm4j.trace.jfr.*;
            import kvm4j.x86.*;

            abstract class Snippet {
                static class MyTimer implements BusDevice {
                    MyTimer(InterruptLine line) {}
                    @Override public long read(long offset, int size) { return 0; }
                    @Override public void write(long offset, int size, long value) {}
                }
                interface Values { void print(Object values); }
                static byte[] bytes, image;
                static Vm vm;
                static Vcpu vcpu;
                static Machine machine;
                static EventFd event;
                static Values console;
                static void snippet() throws Exception {
                    %s
                }
            }
            """;

    @TempDir private Path classes;

    private record Snippet(Path file, String code) {}

    @TestFactory
    Stream<DynamicTest> snippetsCompile() throws IOException {
        assumeTrue(Files.isDirectory(SOURCES), "the sources are not here");
        try (Stream<Path> files = Files.walk(SOURCES)) {
            List<Snippet> snippets =
                    files.filter(file -> file.toString().endsWith(".java"))
                            .flatMap(file -> snippets(file).stream())
                            .toList();
            assertTrue(snippets.size() > 5, "there are snippets");
            return snippets.stream()
                    .map(
                            snippet ->
                                    DynamicTest.dynamicTest(
                                            snippet.file.getFileName() + ": " + snippet.code,
                                            () -> assertCompiles(snippet.code)));
        }
    }

    private static List<Snippet> snippets(Path file) {
        List<Snippet> found = new ArrayList<>();
        String source = read(file);
        int start = source.indexOf("{@snippet");
        while (start >= 0) {
            int end = closingBrace(source, start);
            String code =
                    source.substring(start, end)
                            .lines()
                            .skip(1)
                            .map(line -> line.replaceFirst("^\\s*\\* ?", ""))
                            .collect(Collectors.joining("\n"));
            found.add(new Snippet(file, code));
            start = source.indexOf("{@snippet", end);
        }
        return found;
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int closingBrace(String source, int start) {
        int depth = 0;
        for (int i = start; i < source.length(); i++) {
            switch (source.charAt(i)) {
                case '{' -> depth++;
                case '}' -> {
                    if (--depth == 0) {
                        return i;
                    }
                }
                default -> {
                    // text
                }
            }
        }
        throw new AssertionError("a snippet without an end");
    }

    private void assertCompiles(String code) throws IOException, InterruptedException {
        Path source = Files.writeString(classes.resolve("Snippet.java"), CLASS.formatted(code));
        Process javac =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "javac").toString(),
                                "-d",
                                classes.toString(),
                                "-cp",
                                classPath(),
                                source.toString())
                        .redirectErrorStream(true)
                        .start();
        String complaints = new String(javac.getInputStream().readAllBytes());
        assertEquals(0, javac.waitFor(), complaints);
    }

    private static String classPath() {
        return String.join(
                ":",
                System.getProperty("java.class.path"),
                System.getProperty("jdk.module.path", ""));
    }
}
