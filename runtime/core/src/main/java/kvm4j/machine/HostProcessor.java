package kvm4j.machine;

import kvm4j.kvm.DeviceNode;
import kvm4j.kvm.Kvm;
import kvm4j.x86.CpuId;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What KVM on this host can give to any guest's processor. It is asked for that once: on a host
 * that is a guest itself each of the leaves costs the kernel an exit of its own, and the answer is
 * the same for all machines.
 *
 * @param cpuId what CPUID can answer, whichever processor is asked: the leaves that KVM supports,
 *     with what it leaves to us
 * @param machineChecks the capabilities that MCG_CAP may have, without the number of banks
 */
record HostProcessor(CpuId cpuId, long machineChecks) {

    private static final Map<DeviceNode, HostProcessor> KNOWN = new ConcurrentHashMap<>();

    /** The processor of an open device. */
    static HostProcessor of(Kvm kvm) {
        return kvm.node()
                .map(node -> KNOWN.computeIfAbsent(node, _ -> ask(kvm)))
                .orElseGet(() -> ask(kvm));
    }

    private static HostProcessor ask(Kvm kvm) {
        return new HostProcessor(
                ProcessorCaches.complete(ProcessorIdentity.complete(kvm.supportedCpuId())),
                kvm.machineCheckCapabilities());
    }
}
