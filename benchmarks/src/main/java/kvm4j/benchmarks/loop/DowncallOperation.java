package kvm4j.benchmarks.loop;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import kvm4j.benchmarks.kind.Workload;
import kvm4j.bindings.kvm.KvmUapi;
import kvm4j.bindings.kvm.kvm_run;
import kvm4j.linux.FileDescriptor;
import kvm4j.linux.Ioctl;
import kvm4j.linux.Mapping;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The downcall of libc's {@code ioctl(2)} without a class of kvm4j around it: what is left when
 * nobody looks after descriptors that close or threads that stop. kvm4j's own goes past libc.
 */
final class DowncallOperation implements Operation {

    private static final MethodHandle IOCTL = link();

    private final List<AutoCloseable> open = new ArrayList<>();
    private final MemorySegment errno = Arena.ofAuto().allocate(Linker.Option.captureStateLayout());
    private final int descriptor;
    private final long request;
    private final int expected;

    DowncallOperation(Workload workload) {
        FileDescriptor kvm = FileDescriptor.open(Path.of("/dev/kvm"));
        open.add(kvm);
        if (workload instanceof Workload.ImmediateExit) {
            descriptor = vcpuThatExits(kvm);
            request = KvmUapi.KVM_RUN();
            expected = -1;
        } else {
            descriptor = kvm.number();
            request = KvmUapi.KVM_GET_API_VERSION();
            expected = KvmUapi.KVM_API_VERSION();
        }
    }

    @SuppressWarnings("restricted") // the bare downcall is what is measured
    private static MethodHandle link() {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(
                linker.defaultLookup().findOrThrow("ioctl"),
                FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG),
                Linker.Option.firstVariadicArg(2),
                Linker.Option.captureCallState("errno"));
    }

    private int vcpuThatExits(FileDescriptor kvm) {
        FileDescriptor vm = create(kvm, "KVM_CREATE_VM", KvmUapi.KVM_CREATE_VM());
        FileDescriptor vcpu = create(vm, "KVM_CREATE_VCPU", KvmUapi.KVM_CREATE_VCPU());
        int size =
                kvm.ioctl(new Ioctl("KVM_GET_VCPU_MMAP_SIZE", KvmUapi.KVM_GET_VCPU_MMAP_SIZE()), 0);
        Mapping run = Mapping.shared(vcpu.number(), 0, size);
        open.add(run);
        run.segment().set(JAVA_BYTE, kvm_run.immediate_exit$offset(), (byte) 1);
        return vcpu.number();
    }

    private FileDescriptor create(FileDescriptor parent, String name, long number) {
        FileDescriptor child = new FileDescriptor(parent.ioctl(new Ioctl(name, number), 0), name);
        open.add(child);
        return child;
    }

    @Override
    public void once() {
        int result;
        try {
            result = (int) IOCTL.invokeExact(errno, descriptor, request, 0L);
        } catch (Throwable impossible) {
            throw new AssertionError(impossible);
        }
        if (result != expected) {
            throw new IllegalStateException("ioctl answered " + result);
        }
    }

    @Override
    public void close() {
        for (AutoCloseable resource : open.reversed()) {
            try {
                resource.close();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
