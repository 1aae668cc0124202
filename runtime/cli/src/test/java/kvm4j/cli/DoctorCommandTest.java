package kvm4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.StreamSupport;

/** What the doctor says about the host that the tests run on. */
class DoctorCommandTest {

    private static JsonNode json(Result result) {
        return new JsonMapper().readTree(result.out());
    }

    private static List<JsonNode> findings(JsonNode report, String topic) {
        return StreamSupport.stream(report.get("findings").spliterator(), false)
                .filter(finding -> finding.get("topic").asString().equals(topic))
                .toList();
    }

    @Test
    void aHostWithKvmIsReady() {
        HostKvm.assume();
        Result result = InProcess.run("doctor");
        result.assertStatus(ExitStatus.OK);
        assertTrue(result.out().startsWith("ready: this host runs guests\n"), result::out);
        assertTrue(result.out().contains("\"Hello from long mode\""), result::out);
        assertFalse(result.out().contains("USER_MEMORY"), result::out);
        assertEquals("", result.err());
    }

    @Test
    void capabilitiesAreListedIfWanted() {
        HostKvm.assume();
        String report = InProcess.run("doctor", "--capabilities").out();
        assertTrue(report.contains("USER_MEMORY"), report);
    }

    @Test
    void aGateSaysNoMoreThanWhatStandsInTheWay(@TempDir Path folder) {
        HostKvm.assume();
        Result open = InProcess.run("doctor", "--ci");
        assertEquals("ready: this host runs guests\n", open.out());
        Result closed =
                InProcess.run("doctor", "--ci", "--kvm-device", folder.resolve("kvm").toString());
        closed.assertStatus(ExitStatus.UNAVAILABLE);
        assertTrue(closed.out().startsWith("not ready: "), closed::out);
        assertTrue(closed.out().contains("-> "), closed::out);
        assertFalse(closed.out().contains("Processor"), closed::out);
    }

    @Test
    void linesFitAnOrdinaryTerminal() {
        InProcess.run("doctor", "--capabilities")
                .out()
                .lines()
                .forEach(line -> assertTrue(line.length() <= 80, line));
    }

    @Test
    void programsGetTheSameAsJson() {
        HostKvm.assume();
        Result result = InProcess.run("doctor", "--json");
        result.assertStatus(ExitStatus.OK);
        JsonNode report = json(result);
        assertTrue(report.get("ready").asBoolean());
        assertEquals(1, report.get("schema").asInt());
        assertEquals(Version.ofKvm4j(), report.get("version").asString());
        assertEquals(3, findings(report, "GUEST").size());
        assertTrue(
                StreamSupport.stream(report.get("capabilities").spliterator(), false)
                        .anyMatch(
                                capability ->
                                        capability
                                                        .get("name")
                                                        .asString()
                                                        .equals("KVM_CAP_USER_MEMORY")
                                                && capability.get("value").asInt() == 1));
        assertTrue(report.get("registers").isArray());
    }

    @Test
    void aHostWithoutTheDeviceIsNotReady(@TempDir Path folder) {
        Result result = InProcess.run("doctor", "--kvm-device", folder.resolve("kvm").toString());
        result.assertStatus(ExitStatus.UNAVAILABLE);
        assertTrue(result.out().contains("is not there"), result::out);
        assertTrue(result.out().contains("-> "), result::out);
        assertTrue(
                result.out().lines().anyMatch(line -> line.startsWith("not ready: ")), result::out);
    }

    @Test
    void aDeviceOfAnotherKindIsNotReady(@TempDir Path folder) throws IOException {
        Path device = Files.writeString(folder.resolve("kvm"), "not KVM");
        Result result = InProcess.run("doctor", "--json", "--kvm-device", device.toString());
        result.assertStatus(ExitStatus.UNAVAILABLE);
        JsonNode report = json(result);
        assertFalse(report.get("ready").asBoolean());
        assertTrue(report.get("verdict").asString().contains("ENOTTY"), report::toString);
        assertEquals(0, report.get("capabilities").size());
        assertEquals(List.of(), findings(report, "GUEST"));
    }
}
