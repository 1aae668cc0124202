package kvm4j.benchmarks.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

class FingerprintTest {

    private static final Map<String, String> HOST =
            Map.ofEntries(
                    Map.entry("CPU", "AMD EPYC"),
                    Map.entry("CPU family, model, stepping", "25/17/1"),
                    Map.entry("microcode", "0xa101148"),
                    Map.entry("CPUs online", "0-7"),
                    Map.entry("memory", "16 GB"),
                    Map.entry("kernel", "6.1.0-28-amd64"),
                    Map.entry("kernel command line", "quiet"),
                    Map.entry("KVM vendor module", "kvm_amd"),
                    Map.entry("parameters of kvm_amd", "avic=N dump_invalid_vmcb=N npt=Y"),
                    Map.entry("governor", "performance"),
                    Map.entry("vulnerability retbleed", "Mitigation: untrained return thunk"),
                    Map.entry("vulnerability mds", "Vulnerable: Clear CPU buffers attempted"),
                    Map.entry("measured on CPU", "7"));

    private static Fingerprint changed(String name, String value) {
        Map<String, String> host = new HashMap<>(HOST);
        host.put(name, value);
        return Fingerprint.of(host);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    CPU                         | Intel Xeon
                    CPU family, model, stepping | 25/17/2
                    machine                     | QEMU Standard PC
                    CPUs online                 | 0-3
                    kernel                      | 6.12.0-28-amd64
                    KVM vendor module           | kvm_pvm
                    parameters of kvm_amd       | avic=N dump_invalid_vmcb=N npt=N
                    governor                    | powersave
                    SMT                         | on
                    vulnerability retbleed      | Vulnerable
                    vulnerability its           | Mitigation: ITS
                    """)
    void changesWithWhatAnExitDependsOn(String name, String value) {
        Fingerprint before = Fingerprint.of(HOST);
        Fingerprint after = changed(name, value);
        assertNotEquals(before, after);
        assertNotEquals(before.id(), after.id());
        assertTrue(before.differences(after).size() >= 1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    microcode              | 0xa101149
                    memory                 | 32 GB
                    kernel                 | 6.1.0-29-amd64
                    kernel command line    | quiet nosplash
                    parameters of kvm_amd  | avic=N dump_invalid_vmcb=Y npt=Y
                    vulnerability retbleed | Mitigation: IBPB
                    measured on CPU        | 3
                    """)
    void staysWhateverElseChanges(String name, String value) {
        assertEquals(Fingerprint.of(HOST), changed(name, value));
        assertEquals(Fingerprint.of(HOST).id(), changed(name, value).id());
    }

    @Test
    void namesWhatDiffers() {
        assertEquals(
                List.of("kernel is 6.1, not 6.12"),
                Fingerprint.of(HOST).differences(changed("kernel", "6.12.1")));
        assertEquals(
                List.of("SMT is not known, not on"),
                Fingerprint.of(HOST).differences(changed("SMT", "on")));
        assertEquals("AMD EPYC, kvm_amd, Linux 6.1", Fingerprint.of(HOST).title());
    }

    @Test
    void isTheSameWhateverTheOrderOfFacts() {
        assertEquals(Fingerprint.of(HOST).id(), Fingerprint.of(new HashMap<>(HOST)).id());
        assertTrue(Fingerprint.of(HOST).id().matches("[0-9a-f]{12}"));
    }

    @Test
    void hasAHostThatTellsNothing() {
        Map<String, String> nothing = new HashMap<>();
        nothing.put("kernel", null);
        nothing.put("parameters of kvm", null);
        nothing.put("vulnerability x", null);
        assertEquals(Fingerprint.of(Map.of()), Fingerprint.of(nothing));
        assertEquals("a host that tells nothing", Fingerprint.of(nothing).title());
    }

    @Test
    void readsWhatTheKernelTells(@TempDir Path root) throws IOException {
        put(
                root,
                "proc/cpuinfo",
                "cpu family\t: 6\nmodel\t\t: 143\nmodel name\t: Xeon\nstepping\t: 8");
        put(root, "sys/class/dmi/id/sys_vendor", "QEMU");
        put(root, "sys/class/dmi/id/product_name", "Standard PC");
        Map<String, String> facts = Fingerprint.of(new HostFiles(root)).facts();
        assertEquals("Xeon", facts.get("CPU"));
        assertEquals("6/143/8", facts.get("CPU family, model, stepping"));
        assertEquals("QEMU Standard PC", facts.get("machine"));
    }

    private static void put(Path root, String path, String text) throws IOException {
        Path file = root.resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text + "\n");
    }
}
