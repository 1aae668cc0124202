package kvm4j.cli.doctor;

import java.nio.file.Path;

/**
 * Why a host has no KVM device, as far as it shows.
 *
 * @param device where it should be
 * @param processor the host's processor
 * @param modules the host's modules
 * @param place where this process runs
 */
record MissingDevice(Path device, Processor processor, KernelModules modules, Place place) {

    Finding finding() {
        return Finding.failure(Topic.DEVICE, "node", device + " is not there", remedy());
    }

    private String remedy() {
        if (place == Place.CONTAINER) {
            return "this is a container: start it with --device " + device;
        }
        if (!modules.vendor().isEmpty()) {
            return "the kernel has KVM: sudo mknod -m 660 " + device + " c 10 232";
        }
        if (processor.hasVmx()) {
            return "sudo modprobe kvm_intel; if it refuses, turn on VT-x in the firmware";
        }
        if (processor.hasSvm()) {
            return "sudo modprobe kvm_amd; if it refuses, turn on SVM in the firmware";
        }
        if (processor.isVirtual()) {
            return "this is a virtual machine without nested virtualization: have its host offer"
                    + " vmx or svm to it, or move to a machine type that does";
        }
        return "turn on virtualization (VT-x or SVM) in the firmware";
    }
}
