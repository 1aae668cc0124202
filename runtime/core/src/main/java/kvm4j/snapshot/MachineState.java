package kvm4j.snapshot;

import kvm4j.device.DeviceState;
import kvm4j.x86.VcpuState;
import kvm4j.x86.VmState;

import java.time.Instant;
import java.util.List;

/**
 * All that a machine is at one moment, but for what is in its memory.
 *
 * @param takenAt when that was, by the host's clock
 * @param hardware what does not change while the machine lives
 * @param vm the virtual machine, as far as the kernel has it
 * @param vcpus the processors, by their number
 * @param devices the devices, in the order in which they are connected
 */
public record MachineState(
        Instant takenAt,
        Hardware hardware,
        VmState vm,
        List<VcpuState> vcpus,
        List<Device> devices) {

    /**
     * A state.
     *
     * @param vcpus copied
     * @param devices copied
     */
    public MachineState {
        vcpus = List.copyOf(vcpus);
        devices = List.copyOf(devices);
    }

    /**
     * What a machine is made of.
     *
     * @param irqchip the name of the {@code IrqchipMode}
     * @param pc whether it has a PC's devices
     * @param regions its memory, lowest address first
     */
    public record Hardware(String irqchip, boolean pc, List<Region> regions) {

        /**
         * Hardware.
         *
         * @param regions copied
         */
        public Hardware {
            regions = List.copyOf(regions);
        }

        /**
         * How much memory it has.
         *
         * @return bytes in all regions together
         */
        public long memorySize() {
            return regions.stream().mapToLong(Region::size).sum();
        }
    }

    /**
     * A region of memory.
     *
     * @param gpa the guest-physical address of its first byte, a multiple of 4096
     * @param size in bytes, a multiple of 4096
     * @param writable whether the guest can write to it
     */
    public record Region(long gpa, long size, boolean writable) {}

    /**
     * A device's state.
     *
     * @param place where the guest finds the device, such as {@code port 0x3f8}
     * @param state what it is
     */
    public record Device(String place, DeviceState state) {}
}
