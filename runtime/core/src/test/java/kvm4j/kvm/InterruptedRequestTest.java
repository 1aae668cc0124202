package kvm4j.kvm;

import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import kvm4j.bindings.kvm.KvmUapi;
import kvm4j.bindings.kvm.kvm_mp_state;
import kvm4j.linux.InterruptibleDescriptor;
import kvm4j.linux.Ioctl;
import kvm4j.memory.GuestMemory;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.lang.foreign.Arena;
import java.util.HexFormat;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** A request that takes long ends when its descriptor is closed, whichever request that is. */
@NeedsKvm
class InterruptedRequestTest {

    /** Where a processor starts after a reset (Intel SDM volume 3, section 10.1.4). */
    private static final long RESET_VECTOR = 0xffff_fff0L;

    /** In the code segment that it starts in. */
    private static final long SPINNING = 0xffff_f000L;

    private static final long TASK_STATE = 0xfffb_d000L;

    private static final Ioctl CREATE_VCPU =
            new Ioctl("KVM_CREATE_VCPU", KvmUapi.KVM_CREATE_VCPU());
    private static final Ioctl GET_MP_STATE =
            new Ioctl("KVM_GET_MP_STATE", KvmUapi.KVM_GET_MP_STATE());

    @Test
    @Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void ofAThreadThatIsNotTheOneThatBlockedBefore() throws Exception {
        try (GuestMemory memory = GuestMemory.builder().ram(0xffff_f000L, 4096).build();
                Kvm kvm = Kvm.open();
                Vm vm = kvm.createVm();
                Arena arena = Arena.ofShared()) {
            vm.setTaskStateAddress(TASK_STATE);
            // movb $1, %cs:0xf000; jmp .
            memory.write(RESET_VECTOR, HexFormat.of().parseHex("2ec60600f001" + "ebfe"));
            vm.map(memory);
            var vcpu =
                    new InterruptibleDescriptor(vm.ioctl(CREATE_VCPU, 0), "a vCPU", GET_MP_STATE);
            vcpu.ioctl(GET_MP_STATE, arena.allocate(kvm_mp_state.layout()));
            var spinning =
                    CompletableFuture.runAsync(
                            () -> {
                                while (true) {
                                    vcpu.tryIoctl(Vcpu.RUN, 0);
                                }
                            },
                            command -> Thread.ofPlatform().daemon().start(command));
            while (memory.getByte(SPINNING) == 0) {
                Thread.sleep(1);
            }
            vcpu.close();
            Throwable end = spinning.handle((_, failure) -> failure).get();
            assertInstanceOf(CompletionException.class, end);
            assertInstanceOf(IllegalStateException.class, end.getCause());
        }
    }
}
