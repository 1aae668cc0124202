package kvm4j.machine;

import kvm4j.snapshot.MachineState;
import kvm4j.snapshot.SnapshotException;
import kvm4j.x86.CpuId;
import kvm4j.x86.CpuIdEntry;
import kvm4j.x86.VcpuState;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;

/** Whether a host has what a guest was promised by CPUID. */
final class HostFit {

    /** A register of a leaf of which each bit is a feature: those that guests use if they see. */
    private record Features(int leaf, int subleaf, String name, ToIntFunction<CpuIdEntry> value) {}

    private static final int FEATURES = 1;
    private static final int AMD_FEATURES = 0x8000_0001;

    // What follows from how the machine is built, or what its guest has switched on.

    /** x2APIC, TSC deadline, OSXSAVE, hypervisor. */
    private static final int OWN_ECX = 1 << 21 | 1 << 24 | 1 << 27 | 1 << 31;

    /** Local APIC, several processors. */
    private static final int OWN_EDX = 1 << 9 | 1 << 28;

    /** OSPKE. */
    private static final int OWN_7_ECX = 1 << 4;

    /** Several processors. */
    private static final int OWN_AMD_ECX = 1 << 1;

    /** Local APIC. */
    private static final int OWN_AMD_EDX = 1 << 9;

    private static final List<Features> ALL =
            List.of(
                    new Features(FEATURES, 0, "ECX", entry -> entry.ecx() & ~OWN_ECX),
                    new Features(FEATURES, 0, "EDX", entry -> entry.edx() & ~OWN_EDX),
                    new Features(7, 0, "EBX", CpuIdEntry::ebx),
                    new Features(7, 0, "ECX", entry -> entry.ecx() & ~OWN_7_ECX),
                    new Features(7, 0, "EDX", CpuIdEntry::edx),
                    new Features(7, 1, "EAX", CpuIdEntry::eax),
                    new Features(0xd, 0, "EAX", CpuIdEntry::eax),
                    new Features(0xd, 1, "EAX", CpuIdEntry::eax),
                    new Features(AMD_FEATURES, 0, "ECX", entry -> entry.ecx() & ~OWN_AMD_ECX),
                    new Features(AMD_FEATURES, 0, "EDX", entry -> entry.edx() & ~OWN_AMD_EDX),
                    new Features(0x8000_0008, 0, "EBX", CpuIdEntry::ebx));

    private HostFit() {}

    /**
     * Makes sure that a host can go on where another left off.
     *
     * @param host what its KVM offers to guests
     * @param state what a machine was
     * @throws SnapshotException if it cannot; says what it lacks
     */
    static void require(CpuId host, MachineState state) {
        for (VcpuState vcpu : state.vcpus()) {
            requireVendor(CpuVendor.of(host), CpuVendor.of(vcpu.cpuId()));
            List<String> missing = new ArrayList<>();
            for (Features features : ALL) {
                int lacking = value(vcpu.cpuId(), features) & ~value(host, features);
                if (lacking != 0) {
                    missing.add(
                            "0x%08x of leaf 0x%x.%d %s"
                                    .formatted(
                                            lacking,
                                            features.leaf,
                                            features.subleaf,
                                            features.name));
                }
            }
            if (!missing.isEmpty()) {
                throw new SnapshotException(
                        "this host lacks processor features of the host that the snapshot was taken"
                                + " on, in CPUID: "
                                + String.join(", ", missing));
            }
        }
    }

    private static void requireVendor(CpuVendor host, CpuVendor guest) {
        if (host != guest) {
            throw new SnapshotException(
                    "the snapshot was taken on a processor of %s, and this host's is of %s"
                            .formatted(guest, host));
        }
    }

    private static int value(CpuId cpuId, Features features) {
        return cpuId.find(features.leaf, features.subleaf)
                .map(entry -> features.value.applyAsInt(entry))
                .orElse(0);
    }
}
