package kvm4j.testing.suite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.guests.Guest;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
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
                memory = "128M"
                irqchip = "split"
                timeout = "500ms"
                exit = 7
                qemu-exit = true
                """);
        String command = only("b.elf").setup().get().repeatCommand();
        assertTrue(
                command.startsWith(
                        "kvm4j run -m 128M --cpus 2 --irqchip split --device isa-debug-exit"
                                + " --timeout 500ms "),
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
                        "kvm4j run -m 2048M --cpus 2 --device pc-testdev --device isa-debug-exit"
                                + " --append 'one two' --timeout 30000ms "),
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
        return new Discovery(_ -> {}, _ -> {});
    }
}
