package kvm4j.cli.doctor;

import kvm4j.kvm.Capability;
import kvm4j.kvm.Kvm;
import kvm4j.kvm.KvmUnavailableException;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Examines a host. */
public final class Doctor {

    private final HostFiles files;
    private final Place place;
    private final Path device;

    private Doctor(HostFiles files, Place place, Path device) {
        this.files = files;
        this.place = place;
        this.device = device;
    }

    /**
     * Examines the host that this runs on.
     *
     * @param device its KVM device
     * @param version of kvm4j, for the report
     * @return what there is to say about it
     */
    public static Report examineThisHost(Path device, String version) {
        HostFiles files = HostFiles.OF_THIS_HOST;
        return new Doctor(files, Place.of(files, System.getenv()), device).examine(version);
    }

    private Report examine(String version) {
        Processor processor = Processor.of(files);
        KernelModules modules = KernelModules.of(files);
        List<Finding> findings = new ArrayList<>();
        findings.addAll(processor.findings());
        findings.addAll(modules.findings());

        List<CapabilityAnswer> capabilities = new ArrayList<>();
        List<FeatureRegister> registers = new ArrayList<>();
        Optional<DeviceNode> node = DeviceNode.at(device);
        if (node.isEmpty()) {
            findings.add(new MissingDevice(device, processor, modules, place).finding());
        } else {
            findings.add(node.get().finding(place));
        }
        if (node.isPresent() && node.get().accessible()) {
            try (Kvm kvm = Kvm.open(device)) {
                findings.add(
                        Finding.ok(
                                Topic.DEVICE, "API version", Integer.toString(kvm.apiVersion())));
                capabilities.addAll(capabilities(kvm));
                registers.addAll(VirtualizationRegisters.of(kvm));
                findings.addAll(TrialRun.on(device));
            } catch (KvmUnavailableException e) {
                findings.add(Finding.failure(Topic.DEVICE, "open", e.getMessage(), null));
            }
        }
        findings.addAll(HostMemory.findings(files));
        findings.addAll(HostClock.findings(files, processor));
        boolean permitted = node.map(DeviceNode::accessible).orElse(true);
        return Report.of(version, permitted, findings, capabilities, registers);
    }

    private static List<CapabilityAnswer> capabilities(Kvm kvm) {
        return Arrays.stream(Capability.values())
                .map(
                        capability ->
                                new CapabilityAnswer(
                                        capability.symbol(),
                                        capability.code(),
                                        kvm.check(capability),
                                        capability.meaning()))
                .toList();
    }
}
