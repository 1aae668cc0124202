package kvm4j.kvm.msr;

import kvm4j.linux.InterruptibleDescriptor;
import kvm4j.x86.Msr;

import java.util.List;

/**
 * The model-specific registers of a vCPU. Which there are: {@link kvm4j.kvm.Kvm#msrIndices()}, and
 * those that the guest's CPUID promises.
 */
public final class Msrs {

    private final InterruptibleDescriptor vcpu;

    /**
     * The registers of a vCPU; {@link kvm4j.kvm.Vcpu#msrs()} hands them out.
     *
     * @param vcpu the vCPU
     */
    public Msrs(InterruptibleDescriptor vcpu) {
        this.vcpu = vcpu;
    }

    /**
     * Reads one: {@code KVM_GET_MSRS}.
     *
     * @param index its number
     * @return its value
     * @throws UnsupportedMsrException if the kernel does not let it be read
     * @throws IllegalStateException if the vCPU is closed or running
     */
    public long get(int index) {
        return getAll(index).getFirst().value();
    }

    /**
     * Reads several: {@code KVM_GET_MSRS}.
     *
     * @param indices their numbers
     * @return their values, in the same order
     * @throws UnsupportedMsrException at the first that the kernel does not let be read
     * @throws IllegalStateException if the vCPU is closed or running
     */
    public List<Msr> getAll(int... indices) {
        return MsrTransfer.get(structure -> vcpu.ioctl(MsrTransfer.GET_MSRS, structure), indices);
    }

    /**
     * Writes one: {@code KVM_SET_MSRS}.
     *
     * @param index its number
     * @param value its new value
     * @throws UnsupportedMsrException if the kernel does not let it be written, or not with that
     * @throws IllegalStateException if the vCPU is closed or running
     */
    public void set(int index, long value) {
        setAll(List.of(new Msr(index, value)));
    }

    /**
     * Writes several, in their order: {@code KVM_SET_MSRS}.
     *
     * @param values what to write
     * @throws UnsupportedMsrException at the first that the kernel does not let be written; those
     *     before it are
     * @throws IllegalStateException if the vCPU is closed or running
     */
    public void setAll(List<Msr> values) {
        MsrTransfer.set(structure -> vcpu.ioctl(MsrTransfer.SET_MSRS, structure), values);
    }
}
