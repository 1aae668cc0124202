package kvm4j.kvm;

import kvm4j.linux.InterruptibleDescriptor;
import kvm4j.linux.Ioctl;

import java.lang.foreign.MemorySegment;

/**
 * A request to a vCPU whose structure is filled in, to be made any number of times.
 *
 * @param ioctl what to do
 * @param structure what to do it with, to which the kernel does not write
 */
record VcpuRequest(Ioctl ioctl, MemorySegment structure) {

    /** Makes it. */
    void makeTo(InterruptibleDescriptor vcpu) {
        vcpu.ioctl(ioctl, structure);
    }
}
