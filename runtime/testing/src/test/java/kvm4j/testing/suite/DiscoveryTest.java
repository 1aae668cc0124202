package kvm4j.testing.suite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.guests.Guest;
import kvm4j.kvm.Kvm;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

class DiscoveryTest {

    @TempDir private Path folder;

    @BeforeEach
    void fill() throws IOException {
        Files.write(folder.resolve("b.elf"), Guest.HELLO.image());
        Files.write(folder.resolve("a.bin"), Guest.HELLO_REAL.image());
        Files.writeString(folder.resolve("README"), "no image");
        Files.write(folder.resolve("x.gz"), new byte[] {0x1f, (byte) 0x8b, 8, 0});
    }

    @Test
    void imagesOfAFolder() {
        assertEquals(List.of("a.bin", "b.elf", "hello"), names(folder.toString(), "hello"));
    }

    @Test
    void filesOfOneName() {
        assertEquals(List.of("hello", "hello (2)", "hello (3)"), names("hello", "hello", "hello"));
    }

    @Test
    void aSidecar() throws IOException {
        Files.writeString(
                folder.resolve("b.toml"),
                """
                cpus = 2
                cpu = "qemu64,+smap"
                memory = "128M"
                irqchip = "split"
                timeout = "500ms"
                exit = 7
                qemu-exit = true
                """);
        String command = only("b.elf").setup().get().repeatCommand();
        assertTrue(
                command.startsWith(
                        "kvm4j run -m 128M --cpus 2 --cpu qemu64,+smap --irqchip split"
                                + " --device isa-debug-exit --timeout 500ms "),
                command);
    }

    @Test
    void aSidecarThatSkips() throws IOException {
        Files.writeString(folder.resolve("b.toml"), "skip = 'no disk yet'\n");
        assertEquals(Optional.of("no disk yet"), only("b.elf").skipped());
    }

    @Test
    void aSidecarWithAMistake() throws IOException {
        Files.writeString(folder.resolve("b.toml"), "memroy = '1G'\n");
        IllegalArgumentException refusal =
                assertThrows(IllegalArgumentException.class, () -> only("b.elf").setup().get());
        assertTrue(refusal.getMessage().contains("b.toml: memroy: there is no such key"));
        Files.writeString(folder.resolve("b.toml"), "= nothing\n");
        assertThrows(IllegalArgumentException.class, () -> only("b.elf"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "exit = 'x'             | exit: \"x\" is no whole number",
                "exit = 0.5             | exit: 0.5 is no whole number",
                "exit = nan             | exit: \"NaN\" is no whole number",
                "exit = 4294967296      | exit: 4294967296 is no whole number",
                "exit = [0]             | exit: [0] is no whole number",
                "cpus = 1.5             | cpus: 1.5 is no whole number",
                "cpus = -1              | cpus: a guest has 1 to 255 processors, not -1",
                "cpus = true            | cpus: true is no whole number",
                "cpu = 'Foo'            | cpu: processor Foo: there is no processor 'Foo'",
                "cpu = 'max,+hv-evmcs'  | cpu: processor max,+hv-evmcs: kvm4j has no hv-evmcs",
                "memory = {a = 1}       | memory: {\"a\":1} is no text",
                "halt = 'no'            | halt: \"no\" is neither true nor false",
                "qemu-exit = 'yes'      | qemu-exit: \"yes\" is neither true nor false",
                "test-device = 1        | test-device: 1 is neither true nor false",
                "format = 'zip'         | format: \"zip\" is none of: flat, ",
                "channel = 2            | channel: 2 is none of: ",
            })
    void aSidecarWithAValueThatCannotBe(String line, String reason) throws IOException {
        Files.writeString(folder.resolve("b.toml"), line);
        IllegalArgumentException refusal =
                assertThrows(IllegalArgumentException.class, () -> only("b.elf").setup().get());
        assertTrue(refusal.getMessage().contains("b.toml: " + reason), refusal.getMessage());
    }

    @Test
    void aSidecarThatDoesNotSkip() throws IOException {
        Files.writeString(folder.resolve("b.toml"), "skip = false\n");
        assertEquals(Optional.empty(), only("b.elf").skipped());
        Files.writeString(folder.resolve("b.toml"), "skip = true\n");
        assertTrue(only("b.elf").skipped().isPresent());
        Files.writeString(folder.resolve("b.toml"), "[skip]\n");
        assertThrows(IllegalArgumentException.class, () -> only("b.elf"));
    }

    @Test
    void aSidecarThatIsNoFile() throws Exception {
        String fifo = folder.resolve("b.toml").toString();
        assertEquals(0, new ProcessBuilder("mkfifo", fifo).start().waitFor());
        assertThrows(IllegalArgumentException.class, () -> only("b.elf"));
    }

    /** Whoever may read /proc/kmsg waits there for what the kernel says next, and for ever. */
    @ParameterizedTest
    @ValueSource(strings = {"/proc/kmsg", "/dev/zero", "/sys/kernel/tracing/trace_pipe"})
    @Timeout(60)
    void filesWithoutAnEnd(String endless) throws IOException {
        Path link = Files.createSymbolicLink(folder.resolve("k.elf"), Path.of(endless));
        assertEquals(List.of("a.bin", "b.elf"), names(folder.toString()));
        TestCase test = only("k.elf");
        assertThrows(UncheckedIOException.class, () -> test.setup().get());
        Files.move(link, folder.resolve("b.toml"));
        assertThrows(IllegalArgumentException.class, () -> only("b.elf"));
        Path list = folder.resolve("unittests.cfg");
        Files.move(folder.resolve("b.toml"), list);
        assertThrows(UncheckedIOException.class, () -> names(folder.toString()));
        Files.delete(list);
        Files.writeString(list, "[one]\nfile = a.bin\ncheck = " + endless + "=1\n");
        assertEquals(Optional.of(endless + " not equal to 1"), only("unittests.cfg").skipped());
    }

    @Test
    @Timeout(60)
    void noFileOfTheKernelIsAnImage() {
        assertEquals(List.of(), names("/proc"));
    }

    @Test
    void aFileThatIsAlmostAllHole() throws IOException {
        try (RandomAccessFile file =
                new RandomAccessFile(folder.resolve("b.elf").toString(), "rw")) {
            file.setLength(1L << 40);
        }
        assertEquals(List.of("a.bin", "b.elf"), names(folder.toString()));
        TestCase test = only("b.elf");
        assertThrows(UncheckedIOException.class, () -> test.setup().get());
    }

    @Test
    void theListOfKvmUnitTests() throws IOException {
        Files.write(folder.resolve("apic.flat"), Guest.HELLO_REAL.image());
        Files.writeString(
                folder.resolve("unittests.cfg"),
                """
                # comment
                [x2apic]
                file = apic.flat
                smp = 2
                qemu_params = -cpu max -m 2048
                test_args = 'one two'
                timeout = 30

                [other]
                file = apic.flat
                arch = i386

                [manual]
                file = apic.flat
                groups = a nodefault

                [checked]
                file = apic.flat
                check = /proc/sys/kernel/ostype=Hurd

                [absent]
                file = absent.flat
                """);
        List<TestCase> cases = discovery().find(List.of(folder.toString()));
        assertEquals(
                List.of("x2apic", "other", "manual", "checked", "absent"),
                cases.stream().map(TestCase::name).toList());
        assertEquals(
                List.of(false, true, true, true, true),
                cases.stream().map(one -> one.skipped().isPresent()).toList());
        String command = cases.getFirst().setup().get().repeatCommand();
        assertTrue(
                command.startsWith(
                        "kvm4j run -m 2048M --cpus 2 --cpu max --device pc-testdev --device"
                                + " isa-debug-exit --append 'one two' --timeout 30000ms "),
                command);
    }

    @Test
    void whatIsNotThere() {
        assertThrows(UncheckedIOException.class, () -> names("/no/such/file"));
    }

    private TestCase only(String file) {
        return discovery().find(List.of(folder.resolve(file).toString())).getFirst();
    }

    private static List<String> names(String... paths) {
        return discovery().find(List.of(paths)).stream().map(TestCase::name).toList();
    }

    private static Discovery discovery() {
        return new Discovery(Kvm.DEVICE, _ -> {}, _ -> {});
    }
}
