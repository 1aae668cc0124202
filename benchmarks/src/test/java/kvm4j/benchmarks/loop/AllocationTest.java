package kvm4j.benchmarks.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.abort;

import com.sun.management.ThreadMXBean;

import kvm4j.benchmarks.kind.Arrangement;
import kvm4j.benchmarks.kind.ExitKind;
import kvm4j.benchmarks.kind.Workload;
import kvm4j.boot.Elf64Image;
import kvm4j.device.BusDevice;
import kvm4j.guests.Guest;
import kvm4j.kvm.Kvm;
import kvm4j.kvm.KvmUnavailableException;
import kvm4j.machine.Machine;
import kvm4j.machine.Outcome;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.lang.management.ManagementFactory;
import java.time.Duration;

/** Nothing is allocated on the way of an exit. */
@Tag("kvm")
@Tag("jit")
class AllocationTest {

    /** For the compiler to be through: it is what removes objects that do not escape. */
    private static final int WARM_UP = 20_000;

    private static final int EXITS = 10_000;

    private static final int PORT = Arrangement.DOORBELL_PORT;

    /** The compiler may still be at work in the first of them. */
    private static final int ATTEMPTS = 5;

    /** On a busy host the compiler comes late, and calls that are no exits are over soon. */
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    @BeforeAll
    static void requireKvm() {
        try {
            Kvm.open().close();
        } catch (KvmUnavailableException e) {
            if (Boolean.parseBoolean(System.getenv("CI"))) {
                throw e;
            }
            abort(e.getMessage());
        }
    }

    @ParameterizedTest
    @EnumSource(
            names = {
                "SYSTEM_CALL",
                "IMMEDIATE_EXIT",
                "PIO_OUT",
                "PIO_IN",
                "PIO_STRING",
                "PIO_STRING_IN",
                "MMIO_WRITE",
                "MMIO_READ",
                "HLT",
                "RDMSR_USER",
                "WRMSR_USER",
                "SINGLE_STEP",
                "INJECTION",
                "IRQFD",
                "NOTIFICATION",
                "VMCS_SWITCH"
            })
    void aRunAllocatesNothing(ExitKind kind) {
        try (Operation operation = Operation.of(kind.workload())) {
            repeat(operation, WARM_UP);
            long allocated = Long.MAX_VALUE;
            long end = System.nanoTime() + PATIENCE.toNanos();
            while (allocated > 0 && System.nanoTime() < end) {
                long before = THREADS.getCurrentThreadAllocatedBytes();
                repeat(operation, EXITS);
                allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
            }
            assertEquals(0, allocated, "bytes in " + EXITS + " exits");
        }
    }

    private static void repeat(Operation operation, int count) {
        for (int i = 0; i < count; i++) {
            operation.once();
        }
    }

    /** Counts what the vCPU's thread allocates between its accesses. */
    private static final class Witness implements BusDevice {

        private long accesses;
        private long before;
        private long least = Long.MAX_VALUE;

        @Override
        public long read(long offset, int size) {
            access();
            return 0;
        }

        @Override
        public void write(long offset, int size, long value) {
            access();
        }

        private void access() {
            if (++accesses % EXITS == 0) {
                long now = THREADS.getCurrentThreadAllocatedBytes();
                least = Math.min(least, before == 0 ? Long.MAX_VALUE : now - before);
                before = now;
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"PIO_OUT", "PIO_IN", "MMIO_WRITE", "MMIO_READ"})
    void aMachineWithADeviceAllocatesNothing(ExitKind kind) {
        Workload.GuestExits workload =
                ((Workload.GuestExits) kind.workload()).withCount(WARM_UP + ATTEMPTS * EXITS);
        Witness witness = new Witness();
        int port = Guest.PIO.parameters().indexOf("port");
        try (Machine machine =
                Machine.builder()
                        .image(new Elf64Image(workload.guest().image()))
                        .prepare(
                                memory -> {
                                    ParameterBlock.write(workload.parameters(), memory);
                                    memory.putLong(
                                            Guest.PARAMETER_BLOCK + (long) port * Long.BYTES, PORT);
                                })
                        .ports(PORT, Integer.BYTES, witness)
                        .mmio(Guest.MMIO_ADDRESS, Integer.BYTES, witness)
                        .observer(new ExitCount())
                        .build()) {
            assertEquals(new Outcome.Exited(0), machine.run());
        }
        assertEquals(0, witness.least, "bytes in " + EXITS + " exits");
    }
}
