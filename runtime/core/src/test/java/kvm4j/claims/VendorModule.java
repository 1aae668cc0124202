package kvm4j.claims;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** The modules that drive an extension of the processor for virtualization, and their functions. */
enum VendorModule {
    KVM_INTEL("vmx", "vmx_vcpu_load_vmcs", "vmx_flush_tlb_current"),
    KVM_AMD("svm", "svm_vcpu_load", "svm_flush_tlb_current");

    private static final Path MODULES = Path.of("/sys/module");

    private final String prefix;
    private final String vcpuLoad;
    private final String translationFlush;

    VendorModule(String prefix, String vcpuLoad, String translationFlush) {
        this.prefix = prefix;
        this.vcpuLoad = vcpuLoad;
        this.translationFlush = translationFlush;
    }

    /** The one that runs guests here. Skips the test where there is none. */
    static VendorModule ofThisHost() {
        var loaded = Arrays.stream(values()).filter(m -> Files.isDirectory(m.folder())).findAny();
        assumeTrue(loaded.isPresent(), "neither kvm_intel nor kvm_amd runs guests here");
        return loaded.get();
    }

    /** What the module is called for short, as its functions' names begin. */
    String prefix() {
        return prefix;
    }

    /**
     * What turns the extension on and off on one CPU, VMXON and VMXOFF or their likes: {@code
     * *_hardware_enable} and {@code _disable}, in Linux 6.12 {@code *_enable_virtualization_cpu}.
     */
    List<String> switches() {
        return List.of(prefix + "_hardware_*able", prefix + "_*able_virtualization_cpu");
    }

    /** The function that makes a vCPU the current one of a CPU: VMPTRLD of its VMCS. */
    String vcpuLoad() {
        return vcpuLoad;
    }

    /**
     * The function that makes a CPU forget what it derived from a vCPU's page tables: INVEPT, or
     * INVVPID where there is no EPT; a new ASID on AMD.
     */
    String translationFlush() {
        return translationFlush;
    }

    /** How many users the module has: its VMs. */
    int uses() {
        try {
            return Integer.parseInt(Files.readString(folder().resolve("refcnt")).strip());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether it lets guests run guests of their own. */
    boolean nests() {
        try {
            String nested = Files.readString(folder().resolve("parameters/nested")).strip();
            return nested.equals("Y") || nested.equals("1");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Skips the test where there are VMs that are not this test's. */
    void assumeUnused() {
        assumeTrue(uses() == 0, "somebody else runs guests");
    }

    private Path folder() {
        return MODULES.resolve("kvm_" + (this == KVM_INTEL ? "intel" : "amd"));
    }
}
