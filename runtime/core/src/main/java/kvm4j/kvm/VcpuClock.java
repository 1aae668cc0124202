package kvm4j.kvm;

import kvm4j.bindings.kvm.KvmUapi;
import kvm4j.linux.InterruptibleDescriptor;
import kvm4j.linux.Ioctl;

import java.util.OptionalInt;

/** The time-stamp counter of a vCPU, and what its guest is told of lost time. */
public final class VcpuClock {

    private static final Ioctl GET_TSC_KHZ =
            new Ioctl("KVM_GET_TSC_KHZ", KvmUapi.KVM_GET_TSC_KHZ());
    private static final Ioctl SET_TSC_KHZ =
            new Ioctl("KVM_SET_TSC_KHZ", KvmUapi.KVM_SET_TSC_KHZ());
    private static final Ioctl KVMCLOCK_CTRL =
            new Ioctl("KVM_KVMCLOCK_CTRL", KvmUapi.KVM_KVMCLOCK_CTRL());

    private static final int TSC_GROUP = KvmUapi.KVM_VCPU_TSC_CTRL();
    private static final int TSC_OFFSET = KvmUapi.KVM_VCPU_TSC_OFFSET();

    private final InterruptibleDescriptor vcpu;
    private final Vm vm;
    private final DeviceAttributes attributes;

    /** In kHz, if that is known. Nothing but {@link #setTscFrequency} changes it. */
    private OptionalInt frequency = OptionalInt.empty();

    /** Whether it is what the virtual machine said as the vCPU was created. */
    private boolean isOriginal = true;

    VcpuClock(InterruptibleDescriptor vcpu, Vm vm) {
        this.vcpu = vcpu;
        this.vm = vm;
        this.attributes = new DeviceAttributes(vcpu::tryIoctl);
    }

    /**
     * How fast the guest's TSC counts: {@code KVM_GET_TSC_KHZ}.
     *
     * @return in kHz
     * @throws kvm4j.linux.LinuxException {@code EIO} if the host's TSC is not stable
     * @throws IllegalStateException if the vCPU is closed or running
     */
    public int tscFrequency() {
        int kHz = vcpu.ioctl(GET_TSC_KHZ, 0);
        frequency = OptionalInt.of(kHz);
        return kHz;
    }

    /**
     * Says how fast the guest's TSC counts: {@code KVM_SET_TSC_KHZ}. Other than the host's needs
     * {@link Capability#TSC_CONTROL}.
     *
     * @param kHz the frequency in kHz
     * @throws kvm4j.linux.LinuxException {@code EINVAL} for one that the host cannot give
     * @throws IllegalStateException if the vCPU is closed or running
     */
    public void setTscFrequency(int kHz) {
        frequency = OptionalInt.empty();
        isOriginal = false;
        vcpu.ioctl(SET_TSC_KHZ, kHz);
    }

    /** Sets the frequency if it is another. */
    void restoreTscFrequency(int kHz) {
        if (frequency.isEmpty()) {
            frequency = OptionalInt.of(presentFrequency());
        }
        if (frequency.getAsInt() != kHz) {
            setTscFrequency(kHz);
        }
    }

    /** A question to the virtual machine takes less than one to a vCPU, which has to be loaded. */
    private int presentFrequency() {
        return isOriginal && stateFeatures().vmTscFrequency() ? vm.tscFrequency() : tscFrequency();
    }

    StateFeatures stateFeatures() {
        return vm.stateFeatures(attributes);
    }

    /**
     * What the guest's TSC is ahead of the host's: {@code KVM_GET_DEVICE_ATTR} of {@code
     * KVM_VCPU_TSC_OFFSET}. Needs {@link Capability#VCPU_ATTRIBUTES}.
     *
     * @return in cycles
     * @throws kvm4j.linux.LinuxException {@code ENXIO} if the host lacks it
     * @throws IllegalStateException if the vCPU is closed or running
     */
    public long tscOffset() {
        return attributes.getLong(TSC_GROUP, TSC_OFFSET);
    }

    /**
     * Says what the guest's TSC is ahead of the host's: {@code KVM_SET_DEVICE_ATTR} of {@code
     * KVM_VCPU_TSC_OFFSET}. Needs {@link Capability#VCPU_ATTRIBUTES}.
     *
     * @param cycles how much
     * @throws kvm4j.linux.LinuxException {@code ENXIO} if the host lacks it
     * @throws IllegalStateException if the vCPU is closed or running
     */
    public void setTscOffset(long cycles) {
        attributes.setLong(TSC_GROUP, TSC_OFFSET, cycles);
    }

    /**
     * Whether the host lets the TSC offset be read and set: {@code KVM_HAS_DEVICE_ATTR}, asked once
     * for a {@link DeviceNode}.
     *
     * @return whether it does
     * @throws IllegalStateException if the vCPU has to be asked and is closed or running
     */
    public boolean hasTscOffset() {
        return stateFeatures().tscOffset();
    }

    /** Whether a vCPU lets its TSC offset be read and set. */
    static boolean hasTscOffset(DeviceAttributes vcpu) {
        return vcpu.has(TSC_GROUP, TSC_OFFSET);
    }

    /**
     * Tells the guest that it was paused, so that its watchdogs stay calm: {@code
     * KVM_KVMCLOCK_CTRL}.
     *
     * @throws kvm4j.linux.LinuxException {@code EINVAL} if the guest does not use kvmclock
     * @throws IllegalStateException if the vCPU is closed or running
     */
    public void notePause() {
        vcpu.ioctl(KVMCLOCK_CTRL, 0);
    }
}
