package kvm4j.kvm.irq;

import kvm4j.bindings.kvm.KvmUapi;
import kvm4j.bindings.kvm.kvm_irq_level;
import kvm4j.linux.FileDescriptor;
import kvm4j.linux.Ioctl;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** A line of the interrupt controllers in the kernel. Any thread may set it. */
public final class IrqLine {

    private static final Ioctl IRQ_LINE = new Ioctl("KVM_IRQ_LINE", KvmUapi.KVM_IRQ_LINE());

    private final FileDescriptor vm;
    private final MemorySegment low;
    private final MemorySegment high;

    IrqLine(FileDescriptor vm, int gsi) {
        this.vm = vm;
        Arena arena = Arena.ofAuto();
        this.low = level(arena, gsi, false);
        this.high = level(arena, gsi, true);
    }

    static MemorySegment level(Arena arena, int gsi, boolean isHigh) {
        MemorySegment line = arena.allocate(kvm_irq_level.layout());
        kvm_irq_level.irq(line, gsi);
        kvm_irq_level.level(line, isHigh ? 1 : 0);
        return line;
    }

    /**
     * Sets its level: {@code KVM_IRQ_LINE}. Allocates nothing.
     *
     * @param isHigh the level
     * @throws kvm4j.linux.LinuxException {@code ENXIO} if there are no controllers
     * @throws IllegalStateException if the VM is closed
     */
    public void setLevel(boolean isHigh) {
        vm.ioctl(IRQ_LINE, isHigh ? high : low);
    }
}
