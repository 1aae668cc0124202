package kvm4j.benchmarks.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

class HostCheckTest {

    private static final String CPU = "sys/devices/system/cpu/";

    @TempDir private Path root;

    private void put(String path, String text) throws IOException {
        Path file = root.resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text + "\n");
    }

    private void quietHost() throws IOException {
        put("proc/cpuinfo", "processor\t: 0\nmodel name\t: Core\nflags\t\t: fpu vmx");
        put("proc/stat", "cpu  100 0 100 800 0 0 0 0 0 0\ncpu0 1 0 1 8 0\ncpu1 1 0 1 8 0\nintr 5");
        put("proc/loadavg", "0.05 0.10 0.20 1/100 1");
        put(CPU + "cpu0/cpufreq/scaling_governor", "performance");
        put(CPU + "intel_pstate/no_turbo", "1");
        put(CPU + "smt/active", "0");
        put("sys/module/kvm_intel/parameters/nested", "Y");
    }

    @Test
    void findsNothingAmissOnAQuietHost() throws IOException {
        quietHost();
        assertEquals(List.of(), new HostCheck(new HostFiles(root), "").before());
        String other = new HostCheck(new HostFiles(root), "/dev/other").before().getFirst();
        assertTrue(other.startsWith("What is measured is /dev/kvm, and not /dev/other"), other);
    }

    @Test
    void namesEachThingThatBlurs() throws IOException {
        quietHost();
        put("proc/cpuinfo", "flags : fpu hypervisor");
        put("proc/loadavg", "3.5 1 1 1/1 1");
        put(CPU + "cpu1/cpufreq/scaling_governor", "schedutil");
        put(CPU + "intel_pstate/no_turbo", "0");
        put(CPU + "smt/active", "1");
        List<String> cautions = new HostCheck(new HostFiles(root)).before();
        assertEquals(5, cautions.size(), cautions.toString());
        assertTrue(cautions.get(0).contains("virtual machine"));
        assertTrue(cautions.get(1).contains("performance, schedutil"));
        assertTrue(cautions.get(2).contains("Turbo"));
        assertTrue(cautions.get(3).contains("SMT"));
        assertTrue(cautions.get(4).contains("3.5 on 2 CPUs"));
    }

    @Test
    void seesStealAndOthersDuringTheRun() throws IOException {
        quietHost();
        HostCheck check = new HostCheck(new HostFiles(root));
        put("proc/stat", "cpu  150 0 120 810 0 0 0 20 0 0\ncpu0 1 0 1 8 0\ncpu1 1 0 1 8 0");
        List<String> cautions = check.after();
        assertEquals(2, cautions.size(), cautions.toString());
        assertTrue(cautions.get(0).contains("20.0 %"), cautions.get(0));
        assertTrue(cautions.get(1).contains("1.8 were busy"), cautions.get(1));
    }

    @Test
    void copesWithAHostThatTellsNothing() {
        HostCheck check = new HostCheck(new HostFiles(root));
        assertEquals(1, check.before().size());
        assertEquals(List.of(), check.after());
        assertEquals(Optional.empty(), new HostFacts(new HostFiles(root)).vendorModule());
    }

    @Test
    void knowsTheVendorModule() throws IOException {
        quietHost();
        HostFacts facts = new HostFacts(new HostFiles(root));
        assertEquals(Optional.of("kvm_intel"), facts.vendorModule());
        assertEquals("Y", facts.all().get("nested KVM"));
        assertEquals("Core", facts.all().get("CPU"));
    }
}
