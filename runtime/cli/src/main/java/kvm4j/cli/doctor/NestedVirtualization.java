package kvm4j.cli.doctor;

import kvm4j.guests.Guest.Extension;
import kvm4j.kvm.Kvm;
import kvm4j.x86.CpuId;

import java.nio.file.Path;
import java.util.Optional;

/**
 * Whether a guest can run guests of its own, by an extension of its processor that KVM has to
 * offer.
 *
 * @param offered what KVM lets a guest's CPUID answer ({@code KVM_GET_SUPPORTED_CPUID})
 * @param modules the host's modules
 */
public record NestedVirtualization(CpuId offered, KernelModules modules) {

    /**
     * Asks this host.
     *
     * @param device its KVM device
     * @return what it offers
     * @throws kvm4j.kvm.KvmUnavailableException if there is no such device to be used
     */
    public static NestedVirtualization ofThisHost(Path device) {
        try (Kvm kvm = Kvm.open(device)) {
            return new NestedVirtualization(
                    kvm.supportedCpuId(), KernelModules.of(HostFiles.OF_THIS_HOST));
        }
    }

    /**
     * Why a guest's processor does not have the extension, and how it gets it.
     *
     * @param extension what the guest needs
     * @return one sentence without its end; nothing if the guest's processor has it
     */
    public Optional<String> obstacle(Extension extension) {
        return isOffered(extension) ? Optional.empty() : Optional.of(reason(extension));
    }

    private boolean isOffered(Extension extension) {
        return switch (extension) {
            case VMX -> offered.hasVmx();
            case SVM -> offered.hasSvm();
        };
    }

    private String reason(Extension extension) {
        String module = module(extension);
        if (!modules.vendor().contains(module)) {
            return "KVM offers that to guests on a host with %s alone, and this one has %s"
                    .formatted(
                            module,
                            modules.vendor().isEmpty()
                                    ? "none of KVM's vendor modules"
                                    : String.join(", ", modules.vendor()));
        }
        if (modules.nests()) {
            return module
                    + " does not offer it, though its parameter nested is on: see the kernel's"
                    + " log: sudo dmesg | grep -i kvm";
        }
        return "nested virtualization is off; to switch it on: " + remedy(module);
    }

    private String remedy(String module) {
        return modules.builtIn()
                ? module + ".nested=1 on the host kernel's command line"
                : ("sudo modprobe -r %1$s && sudo modprobe %1$s nested=1, while no guest runs; for"
                       + " good, a line 'options %1$s nested=1' in /etc/modprobe.d/kvm.conf")
                        .formatted(module);
    }

    private static String module(Extension extension) {
        return switch (extension) {
            case VMX -> "kvm_intel";
            case SVM -> "kvm_amd";
        };
    }
}
