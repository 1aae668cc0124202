package kvm4j.benchmarks.kind;

import kvm4j.benchmarks.kind.Workload.Arrangement;
import kvm4j.benchmarks.kind.Workload.GuestExits;
import kvm4j.benchmarks.kind.Workload.ImmediateExit;
import kvm4j.benchmarks.kind.Workload.KernelExits;
import kvm4j.benchmarks.kind.Workload.SystemCall;
import kvm4j.guests.Guest;
import kvm4j.kvm.ExitReason;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** The kinds of exit that the lab measures, in the order in which to list them. */
public enum ExitKind {
    /** The cheapest system call on {@code /dev/kvm}. */
    SYSTEM_CALL("KVM_GET_API_VERSION: a system call that does nothing", new SystemCall()),

    /** The floor of {@code KVM_RUN}. */
    IMMEDIATE_EXIT("KVM_RUN with immediate_exit: all but the guest", new ImmediateExit()),

    /** OUT of a byte. */
    PIO_OUT("OUT of 1 byte", exits(Guest.PIO, ExitReason.IO, 1L)),

    /** OUT of two bytes. */
    PIO_OUT_2("OUT of 2 bytes", exits(Guest.PIO, ExitReason.IO, 2L)),

    /** OUT of four bytes. */
    PIO_OUT_4("OUT of 4 bytes", exits(Guest.PIO, ExitReason.IO, 4L)),

    /** REP OUTSB. */
    PIO_STRING("REP OUTSB of 64 bytes", exits(Guest.PIO_STRING, ExitReason.IO, 64L)),

    /** IN of a byte. */
    PIO_IN("IN of 1 byte", exits(Guest.PIO_IN, ExitReason.IO, 1L)),

    /** IN of two bytes. */
    PIO_IN_2("IN of 2 bytes", exits(Guest.PIO_IN, ExitReason.IO, 2L)),

    /** IN of four bytes. */
    PIO_IN_4("IN of 4 bytes", exits(Guest.PIO_IN, ExitReason.IO, 4L)),

    /** A store of 4 bytes to where no memory is. */
    MMIO_WRITE("MMIO write of 4 bytes", exits(Guest.MMIO, ExitReason.MMIO)),

    /** A load of 4 bytes from where no memory is. */
    MMIO_READ("MMIO read of 4 bytes", exits(Guest.MMIO_READ, ExitReason.MMIO)),

    /** HLT without an in-kernel irqchip. */
    HLT("HLT", exits(Guest.HALT, ExitReason.HLT)),

    /** RDMSR that a filter sends to user space. */
    RDMSR_USER(
            "RDMSR, which user space answers",
            new GuestExits(
                    Guest.MSR, ExitReason.X86_RDMSR, Arrangement.MSR_FILTER, List.of(0L, 0L))),

    /** A single step of a debugger. */
    SINGLE_STEP(
            "single step of a debugger",
            new GuestExits(Guest.SPIN, ExitReason.DEBUG, Arrangement.SINGLE_STEP, List.of())),

    /** CPUID, answered by the kernel. */
    CPUID("CPUID, which the kernel answers", inKernel(Guest.CPUID)),

    /** RDMSR, answered by the kernel. */
    RDMSR("RDMSR, which the kernel answers", inKernel(Guest.MSR)),

    /** IN from the first interrupt controller's mask register, answered by the kernel. */
    PIO_IN_KERNEL(
            "IN of 1 byte, which the in-kernel irqchip answers",
            inKernel(Guest.PIO_IN, Arrangement.IRQCHIP, 1L, 0x21L)),

    /** VMCALL, answered by the kernel. */
    HYPERCALL("VMCALL, which the kernel answers", inKernel(Guest.HYPERCALL));

    /** How many exits that the kernel answers are made in one run. */
    public static final int EVENTS_IN_KERNEL = 256;

    private final String title;
    private final Workload workload;

    ExitKind(String title, Workload workload) {
        this.title = title;
        this.workload = workload;
    }

    private static Workload exits(Guest guest, ExitReason reason, Long... more) {
        return new GuestExits(guest, reason, Arrangement.NONE, parameters(0, more));
    }

    private static Workload inKernel(Guest guest, Long... more) {
        return inKernel(guest, Arrangement.NONE, more);
    }

    private static Workload inKernel(Guest guest, Arrangement arrangement, Long... more) {
        return new KernelExits(
                guest, EVENTS_IN_KERNEL, arrangement, parameters(EVENTS_IN_KERNEL, more));
    }

    private static List<Long> parameters(long count, Long... more) {
        return Stream.concat(Stream.of(count), Arrays.stream(more)).toList();
    }

    /** {@return the kinds that a short run measures: one of each sort} */
    public static List<ExitKind> essential() {
        return List.copyOf(
                EnumSet.complementOf(EnumSet.of(PIO_OUT_2, PIO_OUT_4, PIO_IN_2, PIO_IN_4)));
    }

    /**
     * Looks a kind up by the name that users type.
     *
     * @param name such as {@code pio-out}
     * @return the kind, or empty if there is none of that name
     */
    public static Optional<ExitKind> find(String name) {
        return Arrays.stream(values()).filter(kind -> kind.kindName().equals(name)).findFirst();
    }

    /** {@return the name that users type, such as {@code pio-out}} */
    public String kindName() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** {@return what the kind is, in one line} */
    public String title() {
        return title;
    }

    /** {@return what is done to measure it} */
    public Workload workload() {
        return workload;
    }

    /** {@return the {@linkplain #kindName() kind's name}} */
    @Override
    public String toString() {
        return kindName();
    }
}
