package kvm4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A guest commands no CI's runner. */
class RunnerOutputTest {

    @TempDir private Path folder;

    @ParameterizedTest
    @CsvSource({
        "::set-output name=a::b, :\\x3aset-output name=a::b",
        "' \t::add-mask::a', ' \t:\\x3aadd-mask::a'",
        "\u2003\u00a0::debug::, \u2003\u00a0:\\x3adebug::",
        ":::error::, :\\x3a:error::",
        "##[group]a, ##\\x5bgroup]a",
        "a ###[error]b##[c], a ###\\x5berror]b##\\x5bc]",
        "##vso[task.a]##teamcity[b], ##vso\\x5btask.a]##teamcity\\x5bb]",
        "#a##b#[c]##d##[e], #a##b#[c]##d##\\x5be]",
    })
    void isNoCommand(String printed, String expected) throws IOException {
        assertEquals("a\n" + expected, passed("a\n" + printed));
        assertEquals("a\r" + expected, passed("a\r" + printed));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a::b::",
                ": :a::",
                "\u001b[0m::a::",
                ":",
                "a: ::b",
                "#[a]",
                "# #[a]",
                "## [a]",
                "##-[a]",
                "##\n[a]",
                "1::2"
            })
    void isAsItWas(String printed) throws IOException {
        assertEquals(printed, passed(printed));
    }

    /** As one write, and as one for each byte. */
    private static String passed(String printed) throws IOException {
        byte[] bytes = printed.getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        new RunnerOutput(whole).write(bytes);
        ByteArrayOutputStream pieces = new ByteArrayOutputStream();
        RunnerOutput output = new RunnerOutput(pieces);
        for (byte one : bytes) {
            output.write(one);
        }
        assertEquals(whole.toString(), pieces.toString());
        return whole.toString(StandardCharsets.UTF_8);
    }

    @Test
    void onlyWhereARunnerMayRead() throws Exception {
        HostKvm.assume();
        String command = "::set-env name=PATH::/tmp";
        String harmless = ":\\x3aset-env name=PATH::/tmp";
        String image = Files.write(folder.resolve("image"), printing(command)).toString();
        assertEquals(harmless, printed(image, "| cat", "GITHUB_ACTIONS=true"));
        assertEquals(harmless, printed(image, "| cat", "TF_BUILD=True"));
        assertEquals(command, printed(image, "| cat", "GITHUB_ACTIONS="));
        assertEquals(command, printed(image, "", "GITHUB_ACTIONS=true")); // to a file
    }

    private static byte[] printing(String text) {
        ByteArrayOutputStream code = new ByteArrayOutputStream();
        code.writeBytes(new byte[] {(byte) 0xba, (byte) 0xf8, 0x03}); // mov $0x3f8, %dx
        for (byte character : text.getBytes(StandardCharsets.US_ASCII)) {
            code.writeBytes(new byte[] {(byte) 0xb0, character, (byte) 0xee}); // out
        }
        code.write(0xf4);
        return code.toByteArray();
    }

    private String printed(String image, String where, String environment) throws Exception {
        List<String> shell =
                List.of("env", environment, "bash", "-c", "\"$0\" \"$@\" 2>&1 " + where);
        try (Child child = Child.start(folder, shell, "run", image)) {
            return child.endInput().await().out();
        }
    }
}
