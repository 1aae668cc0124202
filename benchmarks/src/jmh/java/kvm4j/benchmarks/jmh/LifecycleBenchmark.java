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
 * What takes more than an exit: virtual machines made and closed, memory mapped, touched and
 * logged, vCPUs that wake each other or take turns. An operation is all that the kind's workload
 * says, not divided by its events.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(3)
@Warmup(iterations = 3, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 10, time = 500, timeUnit = TimeUnit.MILLISECONDS)
public class LifecycleBenchmark {

    /** What is done. */
    @Param({
        "VM",
        "VCPU",
        "SLOT",
        "VMCS_SWITCH",
        "IPI",
        "FIRST_TOUCH",
        "DIRTY_PAGES_1M",
        "DIRTY_PAGES_8M",
        "DIRTY_LOG_16M",
        "DIRTY_LOG_256M",
        "DIRTY_LOG_1G"
    })
    private ExitKind kind;

    private Operation operation;

    /** Makes what it needs. */
    @Setup
    public void prepare() {
        operation = Operation.of(kind.workload());
    }

    /** One operation. */
    @Benchmark
    public void operation() {
        operation.once();
    }

    /** Closes all. */
    @TearDown
    public void close() {
        operation.close();
    }
}
