package kvm4j.benchmarks.jmh;

import kvm4j.benchmarks.kind.ExitKind;
import kvm4j.benchmarks.loop.Operation;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

import java.util.concurrent.TimeUnit;

/**
 * The round trip of an exit that comes to user space: from {@code KVM_RUN} into the guest and back.
 */
@State(Scope.Thread)
@BenchmarkMode({Mode.AverageTime, Mode.SampleTime})
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(3)
@Warmup(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 10, time = 500, timeUnit = TimeUnit.MILLISECONDS)
public class ExitBenchmark {

    /** The kind of exit; {@link KernelExitBenchmark} has those that the kernel answers. */
    @Param({
        "SYSTEM_CALL",
        "IMMEDIATE_EXIT",
        "PIO_OUT",
        "PIO_OUT_2",
        "PIO_OUT_4",
        "PIO_STRING",
        "PIO_IN",
        "PIO_IN_2",
        "PIO_IN_4",
        "PIO_STRING_IN",
        "MMIO_WRITE",
        "MMIO_READ",
        "HLT",
        "RDMSR_USER",
        "WRMSR_USER",
        "SINGLE_STEP",
        "INJECTION",
        "IRQFD",
        "NOTIFICATION"
    })
    private ExitKind kind;

    private Operation operation;

    /** Starts the guest. */
    @Setup
    public void prepare() {
        operation = Operation.of(kind.workload());
    }

    /** One exit. */
    @Benchmark
    public void exit() {
        operation.once();
    }

    /** Ends the guest. */
    @TearDown
    public void close() {
        operation.close();
    }
}
