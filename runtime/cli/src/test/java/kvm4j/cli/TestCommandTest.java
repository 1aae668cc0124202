package kvm4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

class TestCommandTest {

    @TempDir private Path folder;

    @Test
    void lists() {
        Result result =
                InProcess.run(
                        "test", "--list", "--filter", "real|spin", "hello", "hello-real", "spin");
        result.assertStatus(ExitStatus.OK);
        assertEquals(List.of("hello-real", "spin"), result.out().lines().toList());
    }

    @Test
    void shardsHaveEachOnce() {
        List<String> names = new ArrayList<>();
        for (String shard : List.of("1/3", "2/3", "3/3")) {
            InProcess.run("test", "--list", "--shard", shard, "hello", "spin", "pio", "mmio", "msr")
                    .out()
                    .lines()
                    .forEach(names::add);
        }
        assertEquals(
                List.of("hello", "mmio", "msr", "pio", "spin"), names.stream().sorted().toList());
    }

    @Test
    void refuses() {
        InProcess.run("test").assertFailure(ExitStatus.USAGE, "PATH");
        InProcess.run("test", "--shard", "4/3", "hello").assertFailure(ExitStatus.USAGE, "4/3");
        InProcess.run("test", "--filter", "(", "hello")
                .assertFailure(ExitStatus.USAGE, "no regular expression");
        InProcess.run("test", "/no/such").assertFailure(ExitStatus.NO_IMAGE, "no such image");
        InProcess.run("test", "--filter", "x", "spin")
                .assertFailure(ExitStatus.NO_IMAGE, "there is no image to test");
    }

    @Test
    void refusesWhatHasNoSense() {
        InProcess.run("test", "--retries=-1", "hello").assertFailure(ExitStatus.USAGE, "--retries");
        InProcess.run("test", "-t", "0s", "hello").assertFailure(ExitStatus.USAGE, "time limit");
    }

    @Test
    void refusesReportsThatAreNone() throws Exception {
        String suite = "<testsuites><testsuite name='hello' time='%s'/></testsuites>";
        List<String> contents =
                List.of(
                        "no XML",
                        suite.formatted("NaN"),
                        suite.formatted("-1"),
                        suite.formatted("1e300"));
        for (String content : contents) {
            Path xml = Files.writeString(folder.resolve("report.xml"), content);
            InProcess.run("test", "--list", "--durations", xml.toString(), "hello")
                    .assertFailure(ExitStatus.BAD_IMAGE, "report.xml is no report");
        }
        Path empty = Files.writeString(folder.resolve("empty.xml"), "");
        InProcess.run("test", "--list", "--durations", empty.toString(), "hello")
                .assertStatus(ExitStatus.OK);
    }

    @Test
    void aSidecarThatCannotBeReadIsNoMistakeInTheCommandLine() throws Exception {
        String image = Files.write(folder.resolve("a.bin"), new byte[] {1}).toString();
        Path sidecar = Files.writeString(folder.resolve("a.toml"), "= =");
        InProcess.run("test", "--list", image).assertFailure(ExitStatus.BAD_IMAGE, "a.toml: ");
        Files.delete(sidecar);
        Files.createSymbolicLink(sidecar, folder.resolve("nowhere"));
        InProcess.run("test", "--list", image)
                .assertFailure(ExitStatus.BAD_IMAGE, "a.toml leads to no file");
    }

    @Test
    void isSplitForMoreRunnersThanThereAreGuests() {
        Result result = InProcess.run("test", "--list", "--shard", "3/2147483647", "hello", "spin");
        assertEquals(new Result(0, "", ""), result);
    }

    @Nested
    @Tag("kvm")
    class OnKvm {

        /** Not after an hour of tests. */
        @Test
        void looksFirstWhetherItsReportCanBeWritten() {
            String file = folder.resolve("none").resolve("report.xml").toString();
            Result full = InProcess.run("test", "hello", "--junit", "/dev/full");
            full.assertStatus(ExitStatus.CANNOT_CREATE);
            assertEquals("kvm4j: cannot write /dev/full: No space left on device\n", full.err());
            InProcess.run("test", "hello", "--junit", file)
                    .assertFailure(ExitStatus.CANNOT_CREATE, "no such folder");
        }

        @Test
        void aFileWithoutAnEndFailsAlone() throws Exception {
            Path fifo = folder.resolve("fifo.bin");
            assertEquals(0, new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor());
            Result result = InProcess.run("test", "hello", fifo.toString(), "/dev/zero");
            assertEquals(1, result.status());
            assertTrue(result.out().contains("/dev/zero: it is no regular file"), result::toString);
            assertTrue(result.out().contains(": 1 passed, 2 failed,"), result::toString);
        }

        @Test
        @Timeout(60)
        void aPipeThatNobodyReadsIsNoReport() throws Exception {
            String fifo = folder.resolve("fifo").toString();
            assertEquals(0, new ProcessBuilder("mkfifo", fifo).start().waitFor());
            InProcess.run("test", "hello", "--junit", fifo)
                    .assertFailure(ExitStatus.CANNOT_CREATE, fifo + ": nobody reads it");
            InProcess.run("explain", "hello", "--json", fifo)
                    .assertFailure(ExitStatus.CANNOT_CREATE, fifo + ": nobody reads it");
            InProcess.run("test", "hello", "--durations", fifo)
                    .assertFailure(ExitStatus.BAD_IMAGE, fifo + " is no regular file");
            String read = folder.resolve("read").toString();
            assertEquals(0, new ProcessBuilder("mkfifo", read).start().waitFor());
            Process reader = new ProcessBuilder("cat", read).start();
            InProcess.run("test", "hello", "--junit", read).assertStatus(ExitStatus.OK);
            String xml = new String(reader.getInputStream().readAllBytes());
            assertTrue(xml.contains("</testsuites>"), xml);
        }

        @BeforeEach
        void requireKvm() {
            HostKvm.assume();
        }

        @Test
        void runsOnTheDeviceThatIsNamed() {
            Result result = InProcess.run("test", "hello", "--kvm-device", "/no/kvm");
            if (System.getenv("CI") == null) {
                assertTrue(result.out().contains("0 passed, 0 failed, 1 skipped"), result::out);
            } else {
                result.assertFailure(ExitStatus.UNAVAILABLE, "/no/kvm");
            }
        }

        @Test
        void passes() {
            Result result = InProcess.run("test", "hello", "hello-real");
            result.assertStatus(ExitStatus.OK);
            assertTrue(result.out().contains("ok hello ("), result::toString);
            assertTrue(
                    result.out().contains(": 2 passed, 0 failed, 0 skipped, 0 guests flaky"),
                    result::toString);
        }

        @Test
        void countsOneAsOne() {
            String out = InProcess.run("test", "hello").out();
            assertTrue(out.contains("\n1 guest, 1 test in "), out);
            assertTrue(out.contains(", 0 guests flaky\n"), out);
        }

        @Test
        void fails() throws Exception {
            Path xml = folder.resolve("report.xml");
            Result result =
                    InProcess.run(
                            "test",
                            "hello",
                            "triple-fault",
                            "--retries",
                            "1",
                            "--junit",
                            xml.toString());
            assertEquals(1, result.status());
            assertTrue(result.out().contains("FAIL triple-fault"), result::toString);
            assertTrue(result.out().contains("repeat: kvm4j run -m 64M"), result::toString);
            String report = Files.readString(xml);
            assertTrue(report.contains("failures=\"1\""), report);
            assertTrue(report.contains("end: triple fault"), report);
        }

        @Test
        void speaksTap() {
            Result result = InProcess.run("test", "--tap", "hello", "spin", "--timeout", "500ms");
            assertEquals(1, result.status());
            assertEquals(
                    List.of("TAP version 14", "1..2", "ok 1 - hello: ends well"),
                    result.out().lines().limit(3).toList());
        }

        /** GitHub's runner obeys what a guest prints, behind blanks too. */
        @Test
        void noGuestCommandsTheRunner() throws Exception {
            Path image = printing("::error::injected\n ::stop-commands::x\nFAIL: ##[add-mask]e\n");
            Result result = InProcess.run("test", image.toString());
            assertEquals(1, result.status());
            assertTrue(result.out().contains("| ::error::injected"), result::toString);
            List<String> obeyed =
                    result.out()
                            .lines()
                            .filter(line -> line.strip().startsWith("::") || line.contains("##["))
                            .toList();
            assertEquals(List.of(), obeyed);
        }

        /** Real-mode code that prints a text and ends with exit code 1. */
        private Path printing(String text) throws IOException {
            byte[] code =
                    HexFormat.ofDelimiter(" ")
                            .parseHex(
                                    "ba f8 03 be 14 10 ac 84 c0 74 03 ee eb f8" // prints
                                            + " b0 01 e6 f4 f4 f4");
            ByteArrayOutputStream image = new ByteArrayOutputStream();
            image.writeBytes(code);
            image.writeBytes(text.getBytes(StandardCharsets.UTF_8));
            image.write(0);
            return Files.write(folder.resolve("printing.bin"), image.toByteArray());
        }

        /** Both run where the other vendor's processor is, or none that lets guests have guests. */
        @Test
        void skipsWhatNoGuestCanDoHere() {
            Result result = InProcess.run("test", "hello", "vmx-root", "svm-root");
            result.assertStatus(ExitStatus.OK);
            assertTrue(result.out().contains("KVM offers guests no "), result::toString);
            assertTrue(result.out().contains(" 0 failed"), result::toString);
        }

        @Test
        void mayHalt() {
            assertEquals(1, InProcess.run("test", "halt").status());
            InProcess.run("test", "--halt-passes", "halt").assertStatus(ExitStatus.OK);
        }
    }

    /** What the environment of a process of its own decides. */
    @Nested
    class InAWorkflow {

        @Test
        void tellsGitHub() throws Exception {
            Path summary = folder.resolve("summary.md");
            List<String> github =
                    List.of("env", "GITHUB_ACTIONS=true", "GITHUB_STEP_SUMMARY=" + summary);
            Result result = child(github, "test", "hello", "triple-fault");
            assertEquals(1, result.status());
            assertTrue(
                    result.out().contains("\n::error title=triple-fault failed::ends well: "),
                    result::toString);
            String page = Files.readString(summary);
            assertTrue(page.contains("1 of 2 guests failed"), page);
            assertTrue(page.contains("<pre>kvm4j run -m 64M "), page);
        }

        /** What reads TAP from standard output wants nothing else there; GitHub reads both. */
        @Test
        void tellsGitHubBesidesTap() throws Exception {
            Result result =
                    child(List.of("env", "GITHUB_ACTIONS=true"), "test", "--tap", "spin", "-t1s");
            assertTrue(result.out().startsWith("TAP version 14\n1..1\nnot ok 1"), result::toString);
            assertTrue(result.out().contains("\n# repeat: kvm4j run "), result::toString);
            assertFalse(result.out().contains("::error"), result::toString);
            assertTrue(result.err().startsWith("::error title=spin failed::"), result::toString);
        }

        @Test
        void aSummaryThatCannotBeWrittenChangesNoResult() throws Exception {
            Result result = child(List.of("env", "GITHUB_STEP_SUMMARY=/no/such"), "test", "hello");
            result.assertStatus(ExitStatus.OK);
            assertTrue(
                    result.err().startsWith("kvm4j: cannot write GITHUB_STEP_SUMMARY: "),
                    result::toString);
        }

        private Result child(List<String> wrapper, String... arguments) throws Exception {
            try (Child child = Child.start(folder, wrapper, arguments)) {
                return child.await();
            }
        }
    }
}
