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

    private static final long PAGE_SIZE = 4096;

    /** Where guest-physical addresses end. */
    private static final long END = 1L << 52;

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
         * @throws IllegalArgumentException if there are none, or two of them overlap
         */
        public Hardware {
            regions = List.copyOf(regions);
            if (regions.isEmpty()) {
                throw new IllegalArgumentException("a machine without memory");
            }
            for (int i = 1; i < regions.size(); i++) {
                Region before = regions.get(i - 1);
                if (regions.get(i).gpa() - before.gpa() < before.size()) {
                    throw new IllegalArgumentException(
                            "memory at GPA 0x%x where there is some"
                                    .formatted(regions.get(i).gpa()));
                }
            }
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
    public record Region(long gpa, long size, boolean writable) {

        /**
         * A region.
         *
         * @throws IllegalArgumentException if it is empty, has parts of pages or has pages that no
         *     guest could address
         */
        public Region {
            if (gpa < 0 || size <= 0 || (gpa | size) % PAGE_SIZE != 0 || gpa > END - size) {
                throw new IllegalArgumentException(
                        "memory of %d bytes at GPA 0x%x".formatted(size, gpa));
            }
        }
    }

    /**
     * A device's state.
     *
     * @param place where the guest finds the device, such as {@code port 0x3f8}
     * @param state what it is
     */
    public record Device(String place, DeviceState state) {}
}
