package kvm4j.benchmarks.kind;

import kvm4j.benchmarks.kind.Workload.Crowd;
import kvm4j.benchmarks.kind.Workload.DirtyLogRead;
import kvm4j.benchmarks.kind.Workload.DirtyPages;
import kvm4j.benchmarks.kind.Workload.FirstTouch;
import kvm4j.benchmarks.kind.Workload.Fork;
import kvm4j.benchmarks.kind.Workload.GuestExits;
import kvm4j.benchmarks.kind.Workload.ImmediateExit;
import kvm4j.benchmarks.kind.Workload.Injection;
import kvm4j.benchmarks.kind.Workload.Ipi;
import kvm4j.benchmarks.kind.Workload.Irqfd;
import kvm4j.benchmarks.kind.Workload.KernelExits;
import kvm4j.benchmarks.kind.Workload.LivesAtOnce;
import kvm4j.benchmarks.kind.Workload.Loading;
import kvm4j.benchmarks.kind.Workload.MachineLife;
import kvm4j.benchmarks.kind.Workload.Notification;
import kvm4j.benchmarks.kind.Workload.Restoration;
import kvm4j.benchmarks.kind.Workload.Saving;
import kvm4j.benchmarks.kind.Workload.SlotLifecycle;
import kvm4j.benchmarks.kind.Workload.SystemCall;
import kvm4j.benchmarks.kind.Workload.Turns;
import kvm4j.benchmarks.kind.Workload.VcpuLifecycle;
import kvm4j.benchmarks.kind.Workload.VmLifecycle;
import kvm4j.benchmarks.kind.Workload.WholeProcess;
import kvm4j.guests.Guest;
import kvm4j.kvm.ExitReason;

import java.util.Arrays;
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

    /** REP INSB. */
    PIO_STRING_IN("REP INSB of 64 bytes", exits(Guest.PIO_STRING_IN, ExitReason.IO, 64L)),

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

    /** WRMSR that a filter sends to user space. */
    WRMSR_USER(
            "WRMSR, which user space answers",
            new GuestExits(
                    Guest.MSR_WRITE,
                    ExitReason.X86_WRMSR,
                    Arrangement.MSR_FILTER,
                    List.of(0L, 0L))),

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

    /** OUT to a port that signals an eventfd. */
    IOEVENTFD(
            "OUT of 1 byte, which signals an eventfd",
            inKernel(Guest.PIO, Arrangement.DOORBELL, 1L, (long) Arrangement.DOORBELL_PORT)),

    /** VMCALL, answered by the kernel. */
    HYPERCALL("VMCALL, which the kernel answers", inKernel(Guest.HYPERCALL)),

    /** OUT in two virtual machines by turns. */
    VMCS_SWITCH("OUT of 1 byte, by turns with another VM's vCPU on the same CPU", new Turns()),

    /** From the request of an interrupt to its handler. */
    INJECTION("KVM_INTERRUPT, to the handler's first instruction", new Injection()),

    /** From the signal of an eventfd to the handler of the interrupt. */
    IRQFD("irqfd signalled, to the handler's first instruction", new Irqfd()),

    /** From a thread to the guest and back. */
    NOTIFICATION("irqfd to a guest that sleeps, and ioeventfd back", new Notification()),

    /** From one vCPU to another. */
    IPI("interrupt to another vCPU, which sleeps", new Ipi(64)),

    /** A page that the guest uses for the first time. */
    FIRST_TOUCH("first write to a page: EPT, nested or shadow fault", new FirstTouch(256)),

    /** A page that is logged, 1 MiB of them. */
    DIRTY_PAGES_1M("page written and logged, of 1 MiB", new DirtyPages(256)),

    /** A page that is logged, 8 MiB of them. */
    DIRTY_PAGES_8M("page written and logged, of 8 MiB", new DirtyPages(2048)),

    /** A small log. */
    DIRTY_LOG_16M("dirty log of 16 MiB read, nothing in it", new DirtyLogRead(4096)),

    /** A middling log. */
    DIRTY_LOG_256M("dirty log of 256 MiB read, nothing in it", new DirtyLogRead(65_536)),

    /** A log of 1 GiB. */
    DIRTY_LOG_1G("dirty log of 1 GiB read, nothing in it", new DirtyLogRead(262_144)),

    /** A virtual machine. */
    VM("VM created and closed", new VmLifecycle()),

    /** A virtual machine with a vCPU. */
    VCPU("VM with a vCPU created and closed", new VcpuLifecycle()),

    /** A memory slot. */
    SLOT("memory slot of 2 MiB created and removed", new SlotLifecycle(512)),

    /** A whole machine, from nothing. */
    LIFE("machine built, run to its first exit, closed", new MachineLife()),

    /** Two whole machines at the same time. */
    LIFE_2("machines built, run to their first exits, closed: on 2 threads", new LivesAtOnce(2)),

    /** More whole machines at the same time than most hosts that run tests have CPUs. */
    LIFE_8("machines built, run to their first exits, closed: on 8 threads", new LivesAtOnce(8)),

    /** Many machines that are closed together. */
    CROWD_64("64 machines built, run to their first exits, then closed at once", new Crowd(64)),

    /** A process for a single exit. */
    START("process started, its guest run to its first exit and its end", new WholeProcess(1)),

    /** A process that lives long enough to warm up. */
    START_200K(
            "process started, its guest run to its end with 200,000 OUTs",
            new WholeProcess(200_000)),

    /** A whole machine, from a snapshot. */
    FORK("machine forked, run to its first exit, closed", new Fork()),

    /** A machine taken back, with next to nothing to copy. */
    RESTORE_0("guest run to its exit and restored, no page written", new Restoration(0)),

    /** A machine taken back, as after a small piece of work. */
    RESTORE_16("guest run to its exit and restored, 16 pages written", new Restoration(16)),

    /** A machine taken back, 1 MiB of it. */
    RESTORE_256("guest run to its exit and restored, 256 pages written", new Restoration(256)),

    /** A machine taken back, 16 MiB of it. */
    RESTORE_4096("guest run to its exit and restored, 4096 pages written", new Restoration(4096)),

    /** A small file written. */
    SAVE_16M("snapshot of 16 MiB written to a file", new Saving(16)),

    /** A large file written. */
    SAVE_256M("snapshot of 256 MiB written to a file", new Saving(256)),

    /** A small file read. */
    LOAD_16M("snapshot of 16 MiB loaded, forked, run to its first exit", new Loading(16)),

    /** A large file read. */
    LOAD_256M("snapshot of 256 MiB loaded, forked, run to its first exit", new Loading(256));

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
        return List.of(
                SYSTEM_CALL,
                IMMEDIATE_EXIT,
                PIO_OUT,
                MMIO_READ,
                HLT,
                RDMSR_USER,
                SINGLE_STEP,
                CPUID,
                IOEVENTFD,
                VMCS_SWITCH,
                INJECTION,
                IRQFD,
                NOTIFICATION,
                IPI,
                FIRST_TOUCH,
                DIRTY_PAGES_1M,
                VM);
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
