package kvm4j.cli;

import kvm4j.machine.MachineBuilder;
import kvm4j.testing.cpu.QemuCpu;

import java.io.OutputStream;
import java.io.PrintWriter;
import java.util.HashSet;
import java.util.Set;

/**
 * What a user wants the processors to be.
 *
 * @param text in QEMU's words
 */
record ProcessorChoice(String text) {

    /**
     * Has a machine's processors made so.
     *
     * @param machine the machine
     * @param diagnostics told what KVM does not offer, each feature once
     * @throws IllegalArgumentException if there is no such processor
     */
    void applyTo(MachineBuilder machine, OutputStream diagnostics) {
        Set<String> told = new HashSet<>();
        read().applyTo(
                        machine,
                        feature -> {
                            if (told.add(feature)) {
                                Message.tell(
                                        new PrintWriter(diagnostics),
                                        "KVM does not offer here: " + feature);
                            }
                        });
    }

    private QemuCpu read() {
        try {
            return QemuCpu.parse(text);
        } catch (UnsupportedOperationException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }
}
