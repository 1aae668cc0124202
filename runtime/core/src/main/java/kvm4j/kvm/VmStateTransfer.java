package kvm4j.kvm;

import kvm4j.bindings.libc.Libc;
import kvm4j.kvm.irq.Irqchip;
import kvm4j.linux.LinuxException;
import kvm4j.x86.VmState;

import java.util.Optional;
import java.util.function.Supplier;

/** A VM's state as a whole, out of the kernel and into it. */
final class VmStateTransfer {

    private VmStateTransfer() {}

    static VmState save(Vm vm) {
        Irqchip irqchip = vm.irqchip();
        return new VmState(
                ifPresent(
                        () ->
                                new VmState.Controllers(
                                        irqchip.pic(Irqchip.Chip.PIC_MASTER),
                                        irqchip.pic(Irqchip.Chip.PIC_SLAVE),
                                        irqchip.ioApic())),
                ifPresent(vm.pit()::state),
                vm.clock());
    }

    private static <T> Optional<T> ifPresent(Supplier<T> state) {
        try {
            return Optional.of(state.get());
        } catch (LinuxException e) {
            if (e.isErrno(Libc.ENXIO())) {
                return Optional.empty(); // there is none in the kernel
            }
            throw e;
        }
    }

    /** The timer after what its ticks go to; the clock last, as the other requests take time. */
    static void restore(Vm vm, VmState state) {
        state.controllers().ifPresent(controllers -> restore(vm.irqchip(), controllers));
        state.timer().ifPresent(vm.pit()::setState);
        vm.setClock(state.clock().stopped());
    }

    private static void restore(Irqchip irqchip, VmState.Controllers controllers) {
        irqchip.setPic(Irqchip.Chip.PIC_MASTER, controllers.master());
        irqchip.setPic(Irqchip.Chip.PIC_SLAVE, controllers.slave());
        irqchip.setIoApic(controllers.ioApic());
    }
}
