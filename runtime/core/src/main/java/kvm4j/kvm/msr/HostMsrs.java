package kvm4j.kvm.msr;

import kvm4j.bindings.kvm.KvmUapi;
import kvm4j.linux.FileDescriptor;
import kvm4j.linux.Ioctl;
import kvm4j.x86.Msr;

import java.util.BitSet;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The model-specific registers that KVM knows on this host. {@link kvm4j.kvm.Kvm} is what answers
 * with them.
 */
public final class HostMsrs {

    private static final Ioctl GET_MSR_INDEX_LIST =
            new Ioctl("KVM_GET_MSR_INDEX_LIST", KvmUapi.KVM_GET_MSR_INDEX_LIST());
    private static final Ioctl GET_MSR_FEATURE_INDEX_LIST =
            new Ioctl("KVM_GET_MSR_FEATURE_INDEX_LIST", KvmUapi.KVM_GET_MSR_FEATURE_INDEX_LIST());

    private static final int MACHINE_CHECK_BANKS = 32;
    private static final int REGISTERS_OF_A_BANK = 4;

    /** Memory types, the PAT, machine check banks, a bit set for each number. */
    private static final BitSet UNLISTED = new BitSet();

    static {
        UNLISTED.set(0x200, 0x210); // IA32_MTRR_PHYSBASE0 to IA32_MTRR_PHYSMASK7
        UNLISTED.set(0x250); // IA32_MTRR_FIX64K_00000
        UNLISTED.set(0x258, 0x25a); // IA32_MTRR_FIX16K_80000 and _A0000
        UNLISTED.set(0x268, 0x270); // IA32_MTRR_FIX4K_C0000 to _F8000
        UNLISTED.set(0x277); // IA32_PAT
        UNLISTED.set(0x2ff); // IA32_MTRR_DEF_TYPE
        UNLISTED.set(0x400, 0x400 + MACHINE_CHECK_BANKS * REGISTERS_OF_A_BANK); // IA32_MC0_CTL on
    }

    private final FileDescriptor kvm;

    /**
     * Those of an open KVM.
     *
     * @param kvm {@code /dev/kvm}
     */
    public HostMsrs(FileDescriptor kvm) {
        this.kvm = kvm;
    }

    /**
     * Those that are saved and restored for a guest to move: {@code KVM_GET_MSR_INDEX_LIST}.
     *
     * @return their numbers
     * @throws kvm4j.linux.LinuxException if the kernel refuses
     * @throws IllegalStateException if KVM is closed
     */
    public int[] indices() {
        return MsrTransfer.indices(kvm, GET_MSR_INDEX_LIST);
    }

    /**
     * Those that are state of a processor: {@link #indices()}, and those of Intel SDM volume 4,
     * table 2-2, that the kernel keeps but does not list.
     *
     * @return their numbers, in the order in which they can be written: the TSC's deadline last, as
     *     it means something once the TSC is set
     * @throws kvm4j.linux.LinuxException if the kernel refuses
     * @throws IllegalStateException if KVM is closed
     */
    public int[] stateIndices() {
        IntStream listed = IntStream.of(indices()).filter(index -> index != Msr.TSC_DEADLINE);
        return Stream.of(listed, UNLISTED.stream(), IntStream.of(Msr.TSC_DEADLINE))
                .flatMapToInt(part -> part)
                .distinct()
                .toArray();
    }

    /**
     * Those that describe features: {@code KVM_GET_MSR_FEATURE_INDEX_LIST}.
     *
     * @return their numbers
     * @throws kvm4j.linux.LinuxException if the kernel refuses
     * @throws IllegalStateException if KVM is closed
     */
    public int[] featureIndices() {
        return MsrTransfer.indices(kvm, GET_MSR_FEATURE_INDEX_LIST);
    }

    /**
     * What those that describe features say: {@code KVM_GET_MSRS} on the system.
     *
     * @param indices their numbers
     * @return their values, in the same order
     * @throws UnsupportedMsrException at the first that cannot be read
     * @throws IllegalStateException if KVM is closed
     */
    public List<Msr> features(int... indices) {
        return MsrTransfer.get(structure -> kvm.ioctl(MsrTransfer.GET_MSRS, structure), indices);
    }
}
