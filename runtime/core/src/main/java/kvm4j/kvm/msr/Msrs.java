package kvm4j.kvm.msr;

import kvm4j.linux.InterruptibleDescriptor;
import kvm4j.x86.Msr;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
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
        return MsrTransfer.get(this::read, indices);
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
        MsrTransfer.set(this::write, values);
    }

    /**
     * Reads those of several that can be read: {@code KVM_GET_MSRS}.
     *
     * @param indices their numbers
     * @return their values, in the same order, without those that the kernel does not let be read
     * @throws IllegalStateException if the vCPU is closed or running
     */
    public List<Msr> getReadable(int... indices) {
        return MsrTransfer.getReadable(this::read, indices);
    }

    /**
     * Writes several back that were read from this vCPU or one like it, in their order: {@code
     * KVM_SET_MSRS}. One that the kernel does not let be written is passed over if it has the value
     * already.
     *
     * @param values what to write
     * @return those that were passed over
     * @throws UnsupportedMsrException at the first that has another value and cannot be written;
     *     those before it are
     * @throws IllegalStateException if the vCPU is closed or running
     */
    public List<Msr> restoreAll(List<Msr> values) {
        List<Msr> fixed = new ArrayList<>();
        List<Msr> rest = values;
        while (true) {
            rest = rest.subList(MsrTransfer.setSome(this::write, rest), rest.size());
            if (rest.isEmpty()) {
                return fixed;
            }
            Msr refused = rest.getFirst();
            if (!getReadable(refused.index()).contains(refused)) {
                throw new UnsupportedMsrException(MsrTransfer.SET_MSRS.name(), refused.index());
            }
            fixed.add(refused);
            rest = rest.subList(1, rest.size());
        }
    }

    /**
     * Writes a table back as {@link #restoreAll(List)} does its values.
     *
     * @param table what to write
     * @return those that were passed over
     * @throws UnsupportedMsrException as {@link #restoreAll(List)} throws it
     * @throws IllegalStateException if the vCPU is closed or running
     */
    public List<Msr> restoreAll(MsrTable table) {
        List<Msr> values = table.values();
        int written = table.write(this::write);
        return written == values.size()
                ? List.of()
                : restoreAll(values.subList(written, values.size()));
    }

    private int read(MemorySegment structure) {
        return vcpu.ioctl(MsrTransfer.GET_MSRS, structure);
    }

    private int write(MemorySegment structure) {
        return vcpu.ioctl(MsrTransfer.SET_MSRS, structure);
    }
}
