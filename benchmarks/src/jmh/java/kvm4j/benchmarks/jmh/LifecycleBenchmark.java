package kvm4j.benchmarks.jmh;

import kvm4j.kvm.Kvm;
import kvm4j.kvm.MemorySlot;
import kvm4j.kvm.Vm;
import kvm4j.memory.GuestMemory;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

import java.util.concurrent.TimeUnit;

/** How long it takes to make a virtual machine, its vCPU and its memory, and to let go of them. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(3)
@Warmup(iterations = 3, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 10, time = 500, timeUnit = TimeUnit.MILLISECONDS)
public class LifecycleBenchmark {

    private static final long MEMORY_SIZE = 2L << 20;
    private static final long ELSEWHERE = 1L << 30;

    private Kvm kvm;
    private GuestMemory memory;
    private Vm mapped;
    private MemorySlot slot;

    /** Opens KVM, and maps memory into a virtual machine. */
    @Setup
    public void open() {
        kvm = Kvm.open();
        memory = GuestMemory.ofSize(MEMORY_SIZE);
        mapped = kvm.createVm();
        slot = mapped.map(memory).getFirst();
    }

    /** {@code KVM_CREATE_VM} and its end. */
    @Benchmark
    public void vm() {
        kvm.createVm().close();
    }

    /** A virtual machine with a vCPU, and the end of both. */
    @Benchmark
    public void vmWithVcpu() {
        try (Vm vm = kvm.createVm()) {
            vm.createVcpu(0);
        }
    }

    /** A virtual machine with a vCPU and memory that is there already, and their end. */
    @Benchmark
    public void vmWithVcpuAndMemory() {
        try (Vm vm = kvm.createVm()) {
            vm.map(memory);
            vm.createVcpu(0);
        }
    }

    /** A memory slot moved away and back: {@code KVM_SET_USER_MEMORY_REGION}, twice. */
    @Benchmark
    public void moveSlotTwice() {
        slot.moveTo(ELSEWHERE);
        slot.moveTo(0);
    }

    /** Closes all. */
    @TearDown
    public void close() {
        mapped.close();
        memory.close();
        kvm.close();
    }
}
