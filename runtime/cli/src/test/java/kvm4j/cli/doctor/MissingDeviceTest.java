package kvm4j.cli.doctor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** What to do where there is no device, on hosts of which we have no more than their files. */
class MissingDeviceTest {

    @TempDir private Path root;

    private String remedy(String flags) throws IOException {
        Files.createDirectories(root.resolve("proc"));
        Files.writeString(root.resolve("proc/cpuinfo"), "processor : 0\nflags\t\t: fpu " + flags);
        HostFiles files = new HostFiles(root);
        Finding finding =
                new MissingDevice(
                                Path.of("/dev/kvm"),
                                Processor.of(files),
                                KernelModules.of(files),
                                Place.of(files, Map.of()))
                        .finding();
        assertEquals(Level.FAILURE, finding.level());
        return finding.remedy();
    }

    @ParameterizedTest
    @CsvSource({
        "vmx, sudo modprobe kvm_intel",
        "svm, sudo modprobe kvm_amd",
        "vmx hypervisor, sudo modprobe kvm_intel",
        "hypervisor, nested virtualization",
        "vme, firmware"
    })
    void followsFromTheProcessor(String flags, String remedy) throws IOException {
        assertTrue(remedy(flags).contains(remedy), remedy(flags));
    }

    @Test
    void isAnotherInAContainer() throws IOException {
        Files.createFile(root.resolve(".dockerenv"));
        assertTrue(remedy("vmx").contains("--device /dev/kvm"));
    }

    @Test
    void isToMakeTheNodeWhereTheKernelHasKvm() throws IOException {
        Files.createDirectories(root.resolve("sys/module/kvm_amd"));
        assertTrue(remedy("svm").contains("mknod"));
    }
}
