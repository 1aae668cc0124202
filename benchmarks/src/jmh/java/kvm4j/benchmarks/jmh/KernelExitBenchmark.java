package kvm4j.benchmarks.jmh;

import kvm4j.benchmarks.kind.ExitKind;
import kvm4j.benchmarks.loop.Operation;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

import java.util.concurrent.TimeUnit;

/** Exits that the kernel answers by itself, so many of them in one {@code KVM_RUN}. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(3)
@Warmup(iterations = 3, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 10, time = 500, timeUnit = TimeUnit.MILLISECONDS)
public class KernelExitBenchmark {

    /** The kind of exit. */
    @Param({"CPUID", "RDMSR", "PIO_IN_KERNEL", "IOEVENTFD", "HYPERCALL"})
    private ExitKind kind;

    private Operation operation;

    /** Starts the guest. */
    @Setup
    public void prepare() {
        operation = Operation.of(kind.workload());
    }

    /** Registers set, one {@code KVM_RUN}, and the exits in it. */
    @Benchmark
    @OperationsPerInvocation(ExitKind.EVENTS_IN_KERNEL)
    public void exits() {
        operation.once();
    }

    /** Ends the guest. */
    @TearDown
    public void close() {
        operation.close();
    }
}
