package kvm4j.testing.verdict;

import static kvm4j.testing.verdict.Verdict.Status.FAILED;
import static kvm4j.testing.verdict.Verdict.Status.PASSED;
import static kvm4j.testing.verdict.Verdict.Status.SKIPPED;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;

class VerdictReaderTest {

    @Test
    void readsKvmUnitTests() {
        assertEquals(
                List.of(
                        new Verdict("apic: enabled", PASSED, ""),
                        new Verdict("second", FAILED, ""),
                        new Verdict("third", SKIPPED, ""),
                        new Verdict("fourth", PASSED, "failed, as is expected"),
                        new Verdict("fifth", FAILED, "passed, unexpectedly"),
                        new Verdict("sixth", PASSED, "failed, as is known")),
                read(
                        """
                        enabling apic
                        PASS: apic: enabled\r
                        FAIL: second
                        SKIP: third
                        XFAIL: fourth
                        XPASS: fifth
                        KFAIL: sixth
                        SUMMARY: 6 tests, 2 unexpected failures, 1 known failures
                        """));
    }

    @Test
    void readsTap() {
        assertEquals(
                List.of(
                        new Verdict("reads", PASSED, ""),
                        new Verdict("writes", FAILED, "at: line 7\n"),
                        new Verdict("later", SKIPPED, "TODO not yet"),
                        new Verdict("never", SKIPPED, "SKIP no disk"),
                        new Verdict("test 5", PASSED, "")),
                read(
                        """
                        TAP version 14
                        1..5
                        ok 1 - reads
                        not ok 2 - writes
                          ---
                          at: line 7
                          ...
                        not ok 3 - later # TODO not yet
                        ok 4 - never # SKIP no disk
                        ok 5
                        """));
    }

    @Test
    void missesWhatTapPlanned() {
        assertEquals(
                List.of(
                        new Verdict("first", PASSED, ""),
                        new Verdict("plan", FAILED, "1 of 3 planned tests have a result")),
                read("1..3\nok 1 first\n"));
    }

    @Test
    void bailsOut() {
        assertEquals(
                List.of(new Verdict("Bail out!", FAILED, "no memory")),
                read("TAP version 13\nBail out! no memory\n"));
    }

    @Test
    void readsKernelTestsWithinTests() {
        assertEquals(
                List.of(
                        new Verdict("list/list_add", PASSED, ""),
                        new Verdict("list/list_del", FAILED, "EXPECTATION FAILED at list.c:9\n"),
                        new Verdict("sysctl/only", PASSED, "")),
                read(
                        """
                        [    0.060000] KTAP version 1
                        [    0.060000] 1..2
                        [    0.061000]     KTAP version 1
                        [    0.061000]     # Subtest: list
                        [    0.061000]     1..2
                        [    0.062000]     ok 1 list_add
                        [    0.063000]     # EXPECTATION FAILED at list.c:9
                        [    0.063000]     not ok 2 list_del
                        [    0.064000] not ok 1 list
                        [    0.065000]     1..1
                        [    0.065000]     ok 1 only
                        [    0.066000] ok 2 sysctl
                        """));
    }

    @Test
    void aSuiteThatFailsThoughItsTestsDoNot() {
        assertEquals(
                List.of(new Verdict("suite/a", PASSED, ""), new Verdict("suite", FAILED, "")),
                read("KTAP version 1\n1..1\n  1..1\n  ok 1 a\nnot ok 1 suite\n"));
    }

    @Test
    void readsRust() {
        assertEquals(
                List.of(
                        new Verdict("math::adds", PASSED, ""),
                        new Verdict("math::divides", FAILED, ""),
                        new Verdict("slow", SKIPPED, ""),
                        new Verdict("talks", PASSED, ""),
                        new Verdict("blog_os::trivial_assertion", PASSED, ""),
                        new Verdict("hangs", FAILED, "it began, and has no result")),
                read(
                        """
                        running 6 tests
                        test math::adds ... ok
                        test math::divides ... FAILED
                        test slow ... ignored
                        test talks ... hello
                        from the test
                        ok
                        blog_os::trivial_assertion...\t[ok]
                        test hangs ...\s\
                        """));
    }

    @Test
    void missesWhatRustAnnounced() {
        assertEquals(
                List.of(
                        new Verdict("a", PASSED, ""),
                        new Verdict(
                                "number of tests", FAILED, "1 of 2 announced tests have a result")),
                read("running 2 tests\ntest a ... ok\n"));
    }

    @Test
    void textIsNoVerdict() {
        assertEquals(List.of(), read("ok\nnot ok\nbooting...\nPASSED: no\ntest result: FAILED.\n"));
    }

    @Test
    void coloursAndControlsAreNoText() {
        assertEquals(
                List.of(new Verdict("green", PASSED, ""), new Verdict("titled", FAILED, "")),
                read("\u001b[32mPASS\u001b[0m: gr\u0000een\r\n\u001b]0;title\u0007FAIL: titled\n"));
    }

    @Test
    void aSequenceWithoutEndDoesNotSwallowTheNextLine() {
        assertEquals(
                List.of(new Verdict("next", PASSED, "")), read("\u001b]0;title\nPASS: next\n"));
    }

    @Test
    void bytesThatAreNoTextAreReplaced() {
        VerdictReader reader = new VerdictReader(VerdictFormat.ANY);
        write(reader, "PASS: ".getBytes(StandardCharsets.UTF_8));
        write(reader, new byte[] {(byte) 0xff, 'x', (byte) 0xc3, '\n'});
        assertEquals(List.of(new Verdict("\ufffdx\ufffd", PASSED, "")), reader.end());
    }

    @Test
    void aLineWithoutEndIsAFailure() {
        VerdictReader reader = new VerdictReader(VerdictFormat.ANY);
        write(reader, "PASS: ".getBytes(StandardCharsets.UTF_8));
        byte[] block = "a".repeat(1 << 16).getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < 1600; i++) { // 100 MiB
            write(reader, block);
        }
        Verdict only = reader.end().getFirst();
        assertEquals(FAILED, only.status());
        assertEquals("its line has no end", only.detail());
        assertTrue(only.name().length() < 100);
    }

    @Test
    void verdictsWithoutEndAreBounded() {
        VerdictReader reader = new VerdictReader(VerdictFormat.ANY);
        byte[] line = "PASS: a\n".getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < VerdictReader.MOST + 5; i++) {
            write(reader, line);
        }
        List<Verdict> verdicts = reader.end();
        assertEquals(VerdictReader.MOST + 1, verdicts.size());
        assertEquals(FAILED, verdicts.getLast().status());
    }

    /** How what a guest sends is cut into writes changes nothing. */
    @Test
    void anyPiecesAreTheSame() {
        Random random = new Random(14);
        for (int round = 0; round < 300; round++) {
            byte[] bytes = guestOutput(random);
            VerdictReader whole = new VerdictReader(VerdictFormat.ANY);
            write(whole, bytes);
            VerdictReader pieces = new VerdictReader(VerdictFormat.ANY);
            for (int i = 0; i < bytes.length; ) {
                int length = Math.min(bytes.length - i, 1 + random.nextInt(20));
                pieces.write(bytes, i, length);
                i += length;
            }
            assertEquals(whole.end(), pieces.end());
        }
    }

    private static final List<String> WORDS =
            List.of(
                    "PASS: ",
                    "FAIL: ",
                    "ok ",
                    "not ok ",
                    "1..",
                    "3",
                    "7",
                    "# SKIP ",
                    "---",
                    "...",
                    "TAP version 14",
                    "    ",
                    "  ",
                    "test ",
                    " ... ",
                    "a::b",
                    "[ok]",
                    "running ",
                    " tests",
                    "\n",
                    "\n",
                    "\n",
                    "\u001b[",
                    "\u001b]",
                    "\u001b",
                    "m",
                    "\u0007",
                    "x",
                    "# Subtest: ",
                    "Bail out!",
                    "[ 1.5] ",
                    "\ufffd",
                    "\r");

    private static byte[] guestOutput(Random random) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(200); i > 0; i--) {
            text.append(WORDS.get(random.nextInt(WORDS.size())));
        }
        byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
        for (int i = bytes.length / 50; i > 0; i--) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
        }
        return bytes;
    }

    private static void write(VerdictReader reader, byte[] bytes) {
        reader.write(bytes, 0, bytes.length);
    }

    private static List<Verdict> read(String text) {
        VerdictReader reader = new VerdictReader(VerdictFormat.ANY);
        write(reader, text.getBytes(StandardCharsets.UTF_8));
        return reader.end();
    }
}
