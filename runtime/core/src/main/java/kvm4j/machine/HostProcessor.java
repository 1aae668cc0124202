package kvm4j.machine;

import kvm4j.kvm.Kvm;
import kvm4j.x86.CpuId;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Arrays;
import java.util.List;
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

    /** By device node. One that was made anew is of a module that was loaded anew. */
    private static final Map<List<Object>, HostProcessor> KNOWN = new ConcurrentHashMap<>();

    /**
     * The processor of an open device.
     *
     * @param device the device's path
     */
    static HostProcessor of(Kvm kvm, Path device) {
        try {
            return KNOWN.computeIfAbsent(node(device), _ -> ask(kvm));
        } catch (IOException goneMeanwhile) {
            return ask(kvm);
        }
    }

    /** A list, as a record's hash code would be linked for the first machine's sake. */
    private static List<Object> node(Path path) throws IOException {
        BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
        return Arrays.asList(path, attributes.fileKey(), attributes.lastModifiedTime());
    }

    private static HostProcessor ask(Kvm kvm) {
        return new HostProcessor(
                ProcessorCaches.complete(ProcessorIdentity.complete(kvm.supportedCpuId())),
                kvm.machineCheckCapabilities());
    }
}
