package kvm4j.cli.doctor;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * The processor as the kernel sees it.
 *
 * @param architecture as Java names it
 * @param model its name
 * @param count how many there are
 * @param flags the features in {@code /proc/cpuinfo}
 */
record Processor(String architecture, String model, int count, Set<String> flags) {

    private static final String CPUINFO = "proc/cpuinfo";

    static Processor of(HostFiles files) {
        return new Processor(
                System.getProperty("os.arch"),
                files.value(CPUINFO, "model name").orElse("unknown"),
                Runtime.getRuntime().availableProcessors(),
                new TreeSet<>(
                        Arrays.asList(files.value(CPUINFO, "flags").orElse("").split("\\s+"))));
    }

    boolean isX8664() {
        return architecture.equals("amd64");
    }

    boolean hasVmx() {
        return flags.contains("vmx");
    }

    boolean hasSvm() {
        return flags.contains("svm");
    }

    /** Whether another hypervisor runs this machine, so that its guests are nested. */
    boolean isVirtual() {
        return flags.contains("hypervisor");
    }

    List<Finding> findings() {
        List<Finding> findings = new ArrayList<>();
        findings.add(
                isX8664()
                        ? Finding.ok(Topic.PROCESSOR, "architecture", "x86-64")
                        : Finding.failure(
                                Topic.PROCESSOR,
                                "architecture",
                                architecture,
                                "kvm4j runs on x86-64 hosts alone"));
        findings.add(
                Finding.note(Topic.PROCESSOR, "model", model + ", " + count + " for this process"));
        findings.add(virtualization());
        findings.add(
                isVirtual()
                        ? Finding.note(
                                Topic.PROCESSOR,
                                "hypervisor",
                                "this is a virtual machine: guests are nested, and exits cost more")
                        : Finding.ok(Topic.PROCESSOR, "hypervisor", "none: this is the hardware"));
        return findings;
    }

    private Finding virtualization() {
        if (hasVmx()) {
            return Finding.ok(Topic.PROCESSOR, "virtualization", "vmx (Intel VT-x)");
        }
        if (hasSvm()) {
            return Finding.ok(Topic.PROCESSOR, "virtualization", "svm (AMD-V)");
        }
        return Finding.note(
                Topic.PROCESSOR, "virtualization", "neither vmx nor svm among the CPU flags");
    }
}
