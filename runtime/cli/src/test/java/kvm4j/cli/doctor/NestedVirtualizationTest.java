package kvm4j.cli.doctor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.guests.Guest.Extension;
import kvm4j.x86.CpuId;
import kvm4j.x86.CpuIdEntry;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What there is to do for a guest that runs guests, on hosts of which we have no more than files.
 */
class NestedVirtualizationTest {

    private static final CpuId NEITHER = new CpuId(List.of());

    @TempDir private Path root;

    private void module(String name, String nested) throws IOException {
        Path module = root.resolve("sys/module").resolve(name);
        Files.createDirectories(module.resolve("parameters"));
        Files.writeString(module.resolve("initstate"), "live\n");
        Files.writeString(module.resolve("parameters/nested"), nested + "\n");
    }

    private Optional<String> obstacle(CpuId offered, Extension extension) {
        return new NestedVirtualization(offered, KernelModules.of(new HostFiles(root)))
                .obstacle(extension);
    }

    private void assertTold(Extension extension, String... texts) {
        String told = obstacle(NEITHER, extension).orElseThrow();
        for (String text : texts) {
            assertTrue(told.contains(text), told);
        }
    }

    @ParameterizedTest
    @CsvSource({"VMX, 0x1, 0x20", "SVM, 0x80000001, 0x4"})
    void nothingIsInTheWayWhereTheProcessorHasIt(Extension extension, String leaf, String ecx) {
        int function = Long.decode(leaf).intValue();
        CpuId offered =
                new CpuId(
                        List.of(new CpuIdEntry(function, 0, false, 0, 0, Integer.decode(ecx), 0)));
        assertEquals(Optional.empty(), obstacle(offered, extension));
        CpuId others =
                new CpuId(
                        List.of(
                                new CpuIdEntry(
                                        function, 0, false, -1, -1, ~Integer.decode(ecx), -1)));
        assertTrue(obstacle(others, extension).isPresent());
    }

    @ParameterizedTest
    @CsvSource({"VMX, kvm_intel, N", "VMX, kvm_intel, 0", "SVM, kvm_amd, N", "SVM, kvm_amd, 0"})
    void aModuleIsLoadedAnewWithTheParameter(Extension extension, String module, String nested)
            throws IOException {
        module(module, nested);
        assertTold(
                extension,
                "nested virtualization is off",
                "sudo modprobe -r " + module + " && sudo modprobe " + module + " nested=1",
                "options " + module + " nested=1",
                "/etc/modprobe.d");
    }

    @Test
    void aBuiltInModuleHasItFromTheCommandLine() throws IOException {
        module("kvm_amd", "0");
        Files.delete(root.resolve("sys/module/kvm_amd/initstate"));
        assertTold(Extension.SVM, "kvm_amd.nested=1", "command line");
    }

    @Test
    void anotherVendorsHostCannotOfferIt() throws IOException {
        module("kvm_amd", "1");
        assertTold(Extension.VMX, "a host with kvm_intel", "this one has kvm_amd");
    }

    @Test
    void aHostWithoutHardwareVirtualizationCannotOfferIt() throws IOException {
        Files.createDirectories(root.resolve("sys/module/kvm_pvm"));
        assertTold(Extension.VMX, "a host with kvm_intel", "this one has kvm_pvm");
        assertTold(Extension.SVM, "a host with kvm_amd", "this one has kvm_pvm");
    }

    @Test
    void aModuleThatIsOnAndOffersNothingHasSaidWhy() throws IOException {
        module("kvm_intel", "Y");
        assertTold(Extension.VMX, "though its parameter nested is on", "dmesg");
    }
}
