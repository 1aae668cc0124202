package kvm4j.testing.cpu;

import kvm4j.kvm.Capability;
import kvm4j.kvm.Kvm;
import kvm4j.kvm.Vcpu;
import kvm4j.linux.LinuxException;
import kvm4j.x86.CpuId;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What of Hyper-V a processor is to have.
 *
 * @param options what is said of the processor
 */
record HypervOptions(CpuOptions options) {

    static final String ALL = "hv-passthrough";
    static final String ENFORCED = "hv-enforce-cpuid";
    static final String SPINS = "hv-spinlocks";

    /**
     * Whether there is something of Hyper-V at all: a vendor or a version alone is nothing, as with
     * QEMU.
     */
    boolean areThere() {
        return areAllWanted() || !named().isEmpty() || spins().isPresent();
    }

    boolean areAllWanted() {
        return options.isOn(ALL).orElse(false);
    }

    /** After how many turns of a spin lock the guest tells of it: the highest number is never. */
    private Optional<Integer> spins() {
        return options.number(SPINS).filter(count -> count != HypervLeaves.NEVER_NOTIFIED);
    }

    private boolean areEnforced() {
        return options.isOn(ENFORCED).orElse(false);
    }

    /** Those that are asked for by name. */
    private Set<HypervFeature> named() {
        Set<HypervFeature> named = EnumSet.noneOf(HypervFeature.class);
        for (HypervFeature feature : HypervFeature.values()) {
            if (options.isOn(feature.qemuName()).orElse(false)) {
                named.add(feature);
            }
        }
        return named;
    }

    /** Those that the processor has: none without what it needs. */
    Set<HypervFeature> features(CpuId offered) {
        Set<HypervFeature> features =
                areAllWanted() ? EnumSet.allOf(HypervFeature.class) : EnumSet.copyOf(named());
        features.removeIf(feature -> !feature.isOffered(offered));
        // What is needed is before what needs it.
        for (HypervFeature feature : HypervFeature.values()) {
            if (!features.containsAll(feature.needed())) {
                features.remove(feature);
            }
        }
        return features;
    }

    /**
     * Looks whether all is there that others need.
     *
     * @throws IllegalArgumentException if it is not
     */
    void requireSound() {
        if (areAllWanted()) {
            return;
        }
        Set<HypervFeature> named = named();
        for (HypervFeature feature : named) {
            for (HypervFeature needed : feature.needed()) {
                if (!named.contains(needed)) {
                    throw new IllegalArgumentException(
                            feature.qemuName() + " needs " + needed.qemuName());
                }
            }
        }
    }

    /** What is asked for and KVM does not offer, by QEMU's names. */
    List<String> missing(CpuId offered) {
        List<String> missing = new ArrayList<>();
        if (offered.entries().isEmpty()) {
            if (areAllWanted()) {
                missing.add(ALL);
            }
            spins().ifPresent(_ -> missing.add(SPINS));
        }
        Set<HypervFeature> features = features(offered);
        named().stream()
                .filter(feature -> !features.contains(feature))
                .map(HypervFeature::qemuName)
                .forEach(missing::add);
        return missing;
    }

    /** The same of a host, as far as it says so before there is a machine. */
    List<String> missing(Kvm kvm) {
        if (!areThere()) {
            return List.of();
        }
        if (kvm.check(Capability.SYS_HYPERV_CPUID) > 0) {
            return missing(kvm.supportedHypervCpuId());
        }
        return kvm.check(Capability.HYPERV_CPUID) > 0 ? List.of() : missing(new CpuId(List.of()));
    }

    /**
     * Gives a processor what it is to have.
     *
     * @return what KVM does not offer, by QEMU's names
     */
    List<String> applyTo(Vcpu vcpu) {
        CpuId offered = vcpu.supportedHypervCpuId();
        List<String> missing = new ArrayList<>(missing(offered));
        if (offered.entries().isEmpty()) {
            return missing;
        }
        Set<HypervFeature> features = features(offered);
        vcpu.setCpuId(new HypervLeaves(this, offered, features).addedTo(vcpu.cpuId()));
        if (features.contains(HypervFeature.SYNIC)) {
            vcpu.enable(Capability.HYPERV_SYNIC);
        }
        if (areEnforced() && !enforce(vcpu)) {
            missing.add(ENFORCED);
        }
        return missing;
    }

    private static boolean enforce(Vcpu vcpu) {
        try {
            vcpu.enable(Capability.HYPERV_ENFORCE_CPUID, 1);
            return true;
        } catch (LinuxException notOffered) {
            return false;
        }
    }
}
