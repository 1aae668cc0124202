package kvm4j.testing.suite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.guests.Guest;
import kvm4j.kvm.Capability;
import kvm4j.kvm.Kvm;
import kvm4j.kvm.KvmUnavailableException;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What lists of kvm-unit-tests have had in them over the years. */
class UnitTestsFileTest {

    private static final String START = "kvm4j run -m ";

    @TempDir private Path folder;

    @BeforeEach
    void fill() throws IOException {
        Files.write(folder.resolve("apic.flat"), Guest.HELLO_REAL.image());
    }

    @Test
    void aGuestHasTheMemoryThatQemuGivesIt() throws IOException {
        assertTrue(command("").startsWith(START + "128M "), command(""));
    }

    @Test
    void memoryInTheOtherForm() throws IOException {
        assertTrue(command("qemu_params = -cpu max -m size=2G,slots=2").contains("-m 2048M "));
        assertTrue(command("extra_params = -append '-m 7' -m 4g").contains("-m 4096M "));
    }

    @Test
    void argumentsAreOneWordOfAShell() throws IOException {
        assertAppends("-a_test -b*", "test_args = \"-a_test -b*\"");
        assertAppends("say \"it\"", "test_args = 'say \"it\"'");
        assertAppends("direct", "test_args = direct");
        assertAppends("one two", "extra_params = -cpu max -append 'one two' -m 1g");
        assertAppends("one two", "extra_params = --append \"one two\"");
        assertAppends("emulation", "extra_params = -append emulation");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "test_args = \"10000000 `date +%s`\"",
                "extra_params = --append \"10000000 `date +%s`\"",
                "test_args = \"10000000 $(date +%s)\""
            })
    void theTimeIsThatOfTheStart(String line) throws IOException {
        long before = Instant.now().getEpochSecond();
        String command = command(line);
        Matcher time = Pattern.compile("--append '10000000 (\\d+)'").matcher(command);
        assertTrue(time.find(), command);
        long told = Long.parseLong(time.group(1));
        assertTrue(before <= told && told <= Instant.now().getEpochSecond(), command);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "test_args = \"`rm -r /`\"",
                "test_args = $(uname -r)",
                "test_args = \"date=$(date --date=\"2006-06-17 UTC\" +%s)\"",
                "test_args = $HOME",
                "smp = $(($MAX_SMP < 8?$MAX_SMP:8))",
                "qemu_params = -m `cat /proc/meminfo`"
            })
    void whatOnlyAShellCouldSayIsSkipped(String line) throws IOException {
        String reason = only(line).skipped().orElseThrow();
        assertTrue(reason.startsWith("kvm4j runs no shell for "), reason);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    test_args = 'one two | a quote is not closed: 'one two
                    smp = many           | smp = many is no number
                    qemu_params = -cpu max,+foo | processor max,+foo: there is no feature 'foo'
                    timeout = soon       | 'soon' is not a time; examples: 2s, 500ms, 1.5m, 1d
                    """)
    void aMistakeIsNotSkipped(String line, String expected) throws IOException {
        TestCase test = only(line);
        assertEquals(Optional.empty(), test.skipped());
        IllegalArgumentException refusal =
                assertThrows(
                        IllegalArgumentException.class, () -> test.setup().get().repeatCommand());
        assertEquals(expected, refusal.getMessage());
    }

    @Test
    void processors() throws IOException {
        assertTrue(command("smp = 2,threads=2").contains(" --cpus 2 "));
        assertTrue(command("smp = cpus=3,cores=3").contains(" --cpus 3 "));
        int most = Runtime.getRuntime().availableProcessors();
        assertEquals(most > 1, command("smp = $MAX_SMP").contains(" --cpus " + most + " "));
    }

    @Test
    void anIrqchipThatIsSplit() throws IOException {
        String split = " --irqchip split ";
        assertTrue(command("extra_params = -machine kernel_irqchip=split").contains(split));
        assertTrue(command("qemu_params = -M q35,kernel-irqchip=split").contains(split));
        assertEquals(false, command("qemu_params = -machine pit=off").contains("--irqchip"));
    }

    @Test
    void aProcessor() throws IOException {
        String command = command("extra_params = -cpu qemu64,+x2apic,-tsc-deadline -m 1g");
        assertTrue(command.contains(" --cpu qemu64,+x2apic,-tsc-deadline "), command);
        assertEquals(false, command("").contains("--cpu"));
    }

    @Test
    void aProcessorThatIsQemusAlone() throws IOException {
        assertEquals(
                Optional.of("processor host,hv_evmcs: kvm4j has no hv-evmcs"),
                only("qemu_params = -cpu host,hv_evmcs").skipped());
    }

    @Test
    void aProcessorThatTheHostDoesNotHave() throws IOException {
        String reason = "processor host,hv_passthrough: KVM does not offer here: hv-passthrough";
        Optional<String> expected = hasHyperv() ? Optional.empty() : Optional.of(reason);
        assertEquals(expected, only("qemu_params = -cpu host,hv_passthrough").skipped());
        assertEquals(
                Optional.of("kvm4j has no device hyperv-testdev"),
                only("qemu_params = -cpu host,hv_passthrough -device hyperv-testdev").skipped());
    }

    private static boolean hasHyperv() {
        try (Kvm kvm = Kvm.open()) {
            return kvm.check(Capability.HYPERV_CPUID) > 0;
        } catch (KvmUnavailableException e) {
            return true; // that is another reason
        }
    }

    @Test
    void anotherAccelerator() throws IOException {
        assertEquals(Optional.of("tcg only"), only("accel = tcg,thread=single").skipped());
        assertEquals(Optional.empty(), only("accel = kvm").skipped());
    }

    @Test
    void aMigration() throws IOException {
        assertEquals(
                Optional.of("kvm4j has no migration"), only("groups = its migration").skipped());
    }

    @Test
    void aDeviceThatIsQemusAlone() throws IOException {
        assertEquals(
                Optional.of("kvm4j has no device intel-iommu"),
                only("qemu_params = -M q35 -device intel-iommu,intremap=on -device edu").skipped());
    }

    @Test
    void parametersOnSeveralLines() throws IOException {
        String command =
                command(
                        """
                        qemu_params = \"""-cpu max \\
                        -machine kernel_irqchip=split
                          -append 'smp = 3' -m 1g \"""
                        smp = 2
                        """);
        assertTrue(
                command.startsWith(START + "1024M --cpus 2 --cpu max --irqchip split ")
                        && command.contains(" --append 'smp = 3' "),
                command);
    }

    private void assertAppends(String expected, String line) throws IOException {
        String command = command(line);
        String quoted = expected.matches("[\\w./=-]+") ? expected : "'" + expected + "'";
        assertTrue(command.contains(" --append " + quoted + " "), command);
    }

    private String command(String lines) throws IOException {
        return only(lines).setup().get().repeatCommand();
    }

    private TestCase only(String lines) throws IOException {
        Path list = folder.resolve(UnitTestsFile.NAME);
        Files.writeString(
                list, "[one]\nfile = apic.flat\n" + lines + "\n[two]\nfile = apic.flat\n");
        List<TestCase> cases =
                new Discovery(Kvm.DEVICE, _ -> {}, _ -> {}).find(List.of(list.toString()));
        assertEquals(List.of("one", "two"), cases.stream().map(TestCase::name).toList());
        return cases.getFirst();
    }
}
