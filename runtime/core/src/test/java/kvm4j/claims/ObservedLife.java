package kvm4j.claims;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import kvm4j.boot.ImageFormat;
import kvm4j.guests.Guest;
import kvm4j.kvm.Capability;
import kvm4j.kvm.ExitReason;
import kvm4j.kvm.Statistics;
import kvm4j.kvm.Vcpu;
import kvm4j.linux.NativeThread;
import kvm4j.machine.ExitObserver;
import kvm4j.machine.IrqchipMode;
import kvm4j.machine.Machine;
import kvm4j.machine.MachineBuilder;
import kvm4j.machine.Outcome;

import java.time.Duration;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;

/**
 * The exits of a machine in all its life, as three count them that know nothing of each other: the
 * kernel's tracepoints, the kernel's statistics of the vCPU, and an observer of the machine.
 *
 * @param outcome how the machine ended
 * @param entries how often the guest was entered, by {@code kvm_entry}
 * @param exits the exits by the hardware's reason, as {@code kvm_exit} names it
 * @param forwarded those that were handed to user space by KVM's reason, as {@code
 *     kvm_userspace_exit} names it
 * @param observed those that the machine's observer saw
 * @param statistics what the kernel counted for the vCPU
 */
record ObservedLife(
        Outcome outcome,
        long entries,
        Map<String, Long> exits,
        Map<String, Long> forwarded,
        Map<ExitReason, Long> observed,
        Map<String, Long> statistics) {

    /** Runs a machine with one processor to its end. Skips the test where nothing can be traced. */
    static ObservedLife of(Guest guest, IrqchipMode irqchip, Duration limit, long... parameters) {
        KernelTrace.assumeAvailable();
        byte[] image = guest.image();
        Map<ExitReason, Long> observed = new EnumMap<>(ExitReason.class);
        var statistics = new AtomicReference<Statistics>();
        MachineBuilder builder =
                Machine.builder()
                        .image(ImageFormat.of(image).read(image))
                        .irqchip(irqchip)
                        .timeLimit(limit)
                        .prepare(
                                memory -> {
                                    for (int i = 0; i < parameters.length; i++) {
                                        memory.putLong(
                                                Guest.PARAMETER_BLOCK + (long) i * Long.BYTES,
                                                parameters[i]);
                                    }
                                })
                        .configureVm(
                                vm ->
                                        assumeTrue(
                                                vm.check(Capability.BINARY_STATS_FD) > 0,
                                                "host lacks KVM_CAP_BINARY_STATS_FD"))
                        .configureVcpu(vcpu -> statistics.set(vcpu.statistics()));
        try (KernelTrace trace = KernelTrace.ofGuests();
                Machine machine = builder.observer(counting(observed, trace)).build();
                Statistics counted = statistics.get()) {
            Outcome outcome = machine.run();
            trace.keep(guest.guestName());
            return new ObservedLife(
                    outcome,
                    trace.entries(),
                    trace.exits(),
                    trace.forwardedExits(),
                    observed,
                    valuesOf(counted));
        }
    }

    private static ExitObserver counting(Map<ExitReason, Long> observed, KernelTrace trace) {
        return new ExitObserver() {
            @Override
            public void started(Vcpu vcpu, NativeThread thread) {
                trace.follow(thread);
            }

            @Override
            public void exited(Vcpu vcpu, ExitReason reason) {
                observed.merge(reason, 1L, Long::sum);
            }
        };
    }

    private static Map<String, Long> valuesOf(Statistics statistics) {
        Map<String, Long> values = new HashMap<>();
        statistics
                .readAll()
                .forEach((statistic, value) -> values.put(statistic.name(), value.getFirst()));
        return values;
    }

    /** How many exits there were. */
    long allExits() {
        return total(exits);
    }

    /** How many exits were handed to user space, on which kernel and observer agree. */
    long allForwarded() {
        assertEquals(total(forwarded), total(observed), this::toString);
        return total(observed);
    }

    /** What the kernel counted under this name, with the machine's own figures for its reader. */
    long statistic(String name) {
        assertTrue(statistics.containsKey(name), () -> "this kernel does not count " + name);
        return statistics.get(name);
    }

    private static long total(Map<?, Long> counts) {
        return counts.values().stream().mapToLong(Long::longValue).sum();
    }
}
