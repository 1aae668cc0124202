package kvm4j.kvm.irq;

import kvm4j.bindings.kvm.KvmUapi;
import kvm4j.bindings.kvm.kvm_pit_config;
import kvm4j.bindings.kvm.kvm_pit_state2;
import kvm4j.bindings.kvm.kvm_reinject_control;
import kvm4j.linux.FileDescriptor;
import kvm4j.linux.Ioctl;
import kvm4j.x86.PitState;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The 8254 interval timer of a VM that lives in the kernel: ports 0x40 to 0x43, interrupt on GSI 0.
 * There is none until it is created, which needs {@link Irqchip#create()} before. Any thread may
 * use it.
 */
public final class Pit {

    private static final Ioctl CREATE_PIT2 =
            new Ioctl("KVM_CREATE_PIT2", KvmUapi.KVM_CREATE_PIT2());
    private static final Ioctl GET_PIT2 = new Ioctl("KVM_GET_PIT2", KvmUapi.KVM_GET_PIT2());
    private static final Ioctl SET_PIT2 = new Ioctl("KVM_SET_PIT2", KvmUapi.KVM_SET_PIT2());
    private static final Ioctl REINJECT_CONTROL =
            new Ioctl("KVM_REINJECT_CONTROL", KvmUapi.KVM_REINJECT_CONTROL());

    private final FileDescriptor vm;

    /**
     * The timer of a VM; {@link kvm4j.kvm.Vm#pit()} hands it out.
     *
     * @param vm the VM
     */
    public Pit(FileDescriptor vm) {
        this.vm = vm;
    }

    /**
     * Creates the timer; port 0x61 stays with user space: {@code KVM_CREATE_PIT2}.
     *
     * @throws kvm4j.linux.LinuxException {@code EEXIST} if it is there, {@code ENOENT} without an
     *     in-kernel irqchip
     * @throws IllegalStateException if the VM is closed
     */
    public void create() {
        create(0);
    }

    /**
     * Creates the timer, and answers port 0x61, the speaker's, in the kernel too: {@code
     * KVM_CREATE_PIT2} with {@code KVM_PIT_SPEAKER_DUMMY}.
     *
     * @throws kvm4j.linux.LinuxException {@code EEXIST} if it is there, {@code ENOENT} without an
     *     in-kernel irqchip
     * @throws IllegalStateException if the VM is closed
     */
    public void createWithSpeaker() {
        create(KvmUapi.KVM_PIT_SPEAKER_DUMMY());
    }

    private void create(int flags) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment config = arena.allocate(kvm_pit_config.layout());
            kvm_pit_config.flags(config, flags);
            vm.ioctl(CREATE_PIT2, config);
        }
    }

    /**
     * The state of the timer: {@code KVM_GET_PIT2}.
     *
     * @return its channels
     * @throws kvm4j.linux.LinuxException {@code ENXIO} if there is none in the kernel
     * @throws IllegalStateException if the VM is closed
     */
    public PitState state() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(kvm_pit_state2.layout());
            vm.ioctl(GET_PIT2, state);
            return PitCodec.load(state);
        }
    }

    /**
     * Sets the state of the timer: {@code KVM_SET_PIT2}.
     *
     * @param channels its channels
     * @throws kvm4j.linux.LinuxException {@code ENXIO} if there is none in the kernel
     * @throws IllegalStateException if the VM is closed
     */
    public void setState(PitState channels) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(kvm_pit_state2.layout());
            PitCodec.store(channels, state);
            vm.ioctl(SET_PIT2, state);
        }
    }

    /**
     * Says whether ticks that the guest was too slow for are delivered later, as they are at first:
     * {@code KVM_REINJECT_CONTROL}.
     *
     * @param reinject whether they are
     * @throws kvm4j.linux.LinuxException {@code ENXIO} if there is none in the kernel
     * @throws IllegalStateException if the VM is closed
     */
    public void setReinjection(boolean reinject) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment control = arena.allocate(kvm_reinject_control.layout());
            kvm_reinject_control.pit_reinject(control, (byte) (reinject ? 1 : 0));
            vm.ioctl(REINJECT_CONTROL, control);
        }
    }
}
