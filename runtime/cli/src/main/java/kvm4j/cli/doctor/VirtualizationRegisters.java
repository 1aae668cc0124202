package kvm4j.cli.doctor;

import kvm4j.kvm.Kvm;
import kvm4j.x86.Msr;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** What KVM tells about the processor's VMX or SVM. */
final class VirtualizationRegisters {

    private VirtualizationRegisters() {}

    /** The VMX capability MSRs and the leaf of SVM, those of them that this host's KVM tells. */
    static List<FeatureRegister> of(Kvm kvm) {
        return Stream.concat(vmx(kvm), svm(kvm).stream()).toList();
    }

    private static Stream<FeatureRegister> vmx(Kvm kvm) {
        int[] listed = kvm.featureMsrIndices();
        return Stream.of(VmxRegister.values())
                .filter(register -> IntStream.of(listed).anyMatch(i -> i == register.index()))
                .flatMap(register -> decode(register, kvm.featureMsrs(register.index())));
    }

    /** A kernel without VMX lists its MSRs too, and answers 0. */
    private static Stream<FeatureRegister> decode(VmxRegister register, List<Msr> values) {
        return values.stream()
                .filter(msr -> msr.value() != 0)
                .map(msr -> register.decode(msr.value()));
    }

    private static Optional<FeatureRegister> svm(Kvm kvm) {
        return kvm.supportedCpuId()
                .find(SvmFeatures.LEAF, 0)
                .filter(entry -> entry.edx() != 0)
                .map(entry -> SvmFeatures.decode(entry.eax(), entry.ebx(), entry.edx()));
    }
}
