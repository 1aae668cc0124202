package kvm4j.cli.doctor;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * KVM in the kernel: its common part and the vendor's.
 *
 * @param release the kernel's version
 * @param common whether the module {@code kvm} is there
 * @param vendor the modules such as {@code kvm_intel}
 * @param builtIn whether they are part of the kernel instead of loaded
 * @param nested the vendor module's parameter of that name, if it has one
 */
record KernelModules(
        String release,
        boolean common,
        List<String> vendor,
        boolean builtIn,
        Optional<String> nested) {

    private static final String MODULES = "sys/module/";

    static KernelModules of(HostFiles files) {
        List<String> vendor =
                files.names(MODULES).stream().filter(name -> name.startsWith("kvm_")).toList();
        return new KernelModules(
                files.text("proc/sys/kernel/osrelease").orElse(System.getProperty("os.version")),
                files.exists(MODULES + "kvm"),
                vendor,
                vendor.stream().noneMatch(name -> files.exists(MODULES + name + "/initstate")),
                vendor.stream()
                        .flatMap(name -> files.text(MODULES + name + "/parameters/nested").stream())
                        .findFirst());
    }

    /** Whether the vendor module lets guests run guests of their own. */
    boolean nests() {
        return nested.filter(value -> value.equals("Y") || value.equals("1")).isPresent();
    }

    List<Finding> findings() {
        List<Finding> findings = new ArrayList<>();
        findings.add(Finding.note(Topic.KERNEL, "release", release));
        if (vendor.isEmpty()) {
            findings.add(
                    Finding.note(
                            Topic.KERNEL,
                            "module",
                            common ? "kvm without a vendor module" : "none of KVM's"));
        } else {
            findings.add(
                    Finding.ok(
                            Topic.KERNEL,
                            "module",
                            String.join(", ", vendor) + (builtIn ? " (built in)" : " (loaded)")));
        }
        nested.ifPresent(
                _ ->
                        findings.add(
                                Finding.note(
                                        Topic.KERNEL,
                                        "nested",
                                        nests()
                                                ? "guests may run guests of their own"
                                                : "guests may not run guests of their own")));
        return findings;
    }
}
