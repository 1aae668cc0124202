package kvm4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;

class ExplainCommandTest {

    private static final Pattern TRACE =
            Pattern.compile("<script id=\"trace\"[^>]*>([^<]*)</script>");

    private final JsonMapper mapper = new JsonMapper();

    @TempDir private Path folder;

    @Test
    void aFileThatCannotBeWrittenIsToldBeforeTheGuestRuns() {
        Path absent = folder.resolve("absent/page.html");
        InProcess.run("explain", "hello", "--timeline", absent.toString())
                .assertFailure(ExitStatus.CANNOT_CREATE, "no such folder", absent.toString());
    }

    @Test
    void aFileThatCannotBeWrittenIsToldInALine() {
        HostKvm.assume();
        Result full = InProcess.run("explain", "hello", "--json", "/dev/full");
        full.assertStatus(ExitStatus.CANNOT_CREATE);
        assertTrue(
                full.err().endsWith("kvm4j: cannot write /dev/full: No space left on device\n"),
                full::toString);
    }

    @Test
    void anImageThatIsNotThereIsTold() {
        InProcess.run("explain", "no-such-guest").assertStatus(ExitStatus.NO_IMAGE);
    }

    @Test
    void theGuestsOwnStatusIsTheCommands() {
        HostKvm.assume();
        assertEquals(
                InProcess.run("run", "triple-fault").status(),
                InProcess.run("explain", "triple-fault").status());
    }

    /** Not in the lanes, whose hosts take long for it; GuestRecorderTest is. */
    @Test
    void allThatWasSeenIsInTheTablesAndTheFiles() throws IOException {
        HostKvm.assume();
        Path page = folder.resolve("page.html");
        Path json = folder.resolve("trace.json");
        Path chrome = folder.resolve("chrome.json");
        Result result =
                InProcess.run(
                        "explain",
                        "pio",
                        "--param",
                        "count=200",
                        "--timeline",
                        page.toString(),
                        "--json",
                        json.toString(),
                        "--chrome-trace",
                        chrome.toString());
        result.assertStatus(ExitStatus.OK);
        assertTrue(result.out().contains("root: user space"), result::out);
        assertTrue(result.out().contains("exits to user space"), result::out);
        assertTrue(result.out().contains("being watched adds"), result::out);
        assertFalse(result.out().lines().anyMatch(l -> l.matches("exits +0 .*")), result::out);
        JsonNode trace = mapper.readTree(Files.readString(json));
        assertEquals(201, exitsToUserSpace(trace));
        assertEquals(trace, inside(Files.readString(page)));
        JsonNode events = mapper.readTree(Files.readString(chrome)).get("traceEvents");
        assertTrue(events.size() > 201, () -> events.size() + " events");
        for (JsonNode event : events) {
            assertFalse(event.has("dur") && event.get("dur").asDouble() < 0, event::toString);
        }
    }

    private static int exitsToUserSpace(JsonNode trace) {
        int io = -1;
        JsonNode reasons = trace.get("userReasons");
        for (int i = 0; i < reasons.size(); i++) {
            if (reasons.get(i).asString().equals("IO")) {
                io = i;
            }
        }
        int count = 0;
        for (JsonNode reason : trace.get("vcpus").get(0).get("rounds").get("user")) {
            if (reason.asInt() == io) {
                count++;
            }
        }
        return count;
    }

    private JsonNode inside(String page) throws IOException {
        Matcher trace = TRACE.matcher(page);
        assertTrue(trace.find(), "no trace in the page");
        byte[] compressed = Base64.getDecoder().decode(trace.group(1).strip());
        try (InputStream in = new GZIPInputStream(new ByteArrayInputStream(compressed))) {
            return mapper.readTree(in);
        }
    }
}
