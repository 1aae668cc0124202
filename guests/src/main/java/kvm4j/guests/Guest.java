package kvm4j.guests;

import static kvm4j.guests.Guest.Format.ELF64;
import static kvm4j.guests.Guest.Format.FLAT;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The catalogue of guest kernels, in the order in which to list them.
 *
 * <p>All write their console output to a 16550A at port 0x3f8 and end by writing their exit code, a
 * byte, to port 0xf4. What they want to know they read from the {@linkplain #PARAMETER_BLOCK
 * parameter block}, where {@code kvm4j run} writes the {@linkplain #defaults() defaults} of what
 * nobody sets. The loops make one kind of exit as often as their parameter {@code count} says (0:
 * endlessly), with one or two instructions between, and end with exit code 0.
 */
public enum Guest {
    /** Prints a line and ends with exit code 0. */
    HELLO(ELF64, "greets from 64-bit long mode"),

    /** Prints a line and ends with exit code 0. */
    HELLO_PROTECTED(FLAT, "switches to 32-bit protected mode by itself and greets from there"),

    /** Prints a line and ends with exit code 0. */
    HELLO_REAL(FLAT, "greets from 16-bit real mode"),

    /**
     * Polls the serial line's status, writes back what it reads, and ends with exit code 0 when it
     * reads ^D (0x04).
     */
    ECHO(ELF64, "repeats what it reads from the console, until ^D"),

    /**
     * Adds {@code count} 64-bit numbers from guest-physical address {@code input} on, modulo 2^64,
     * writes the sum as 64 bits to guest-physical address {@code output} and ends with exit code 0.
     */
    SUM(
            ELF64,
            "adds up a block of numbers in memory",
            with("count", 512),
            with("input", Guest.PARAMETER_BLOCK),
            with("output", Guest.COUNTERS)),

    /**
     * Writes {@code size} bytes at a time (1, 2 or 4; 0 is 1) to {@code port} (0 is 0x3ff, COM1's
     * scratch register).
     */
    PIO(
            ELF64,
            "writes to a port, each time a KVM_EXIT_IO",
            with("count", 100_000),
            with("size", 1),
            with("port", 0x3ff)),

    /**
     * Reads {@code size} bytes at a time (1, 2 or 4; 0 is 1) from {@code port} (0 is 0x3ff, COM1's
     * scratch register).
     */
    PIO_IN(
            ELF64,
            "reads from a port, each time a KVM_EXIT_IO",
            with("count", 100_000),
            with("size", 1),
            with("port", 0x3ff)),

    /** Writes {@code length} bytes to port 0x3ff with one REP OUTSB, {@code count} times. */
    PIO_STRING(
            ELF64,
            "writes strings to a port, each a KVM_EXIT_IO",
            with("count", 10_000),
            with("length", 64)),

    /** Reads {@code length} bytes from port 0x3ff with one REP INSB, {@code count} times. */
    PIO_STRING_IN(
            ELF64,
            "reads strings from a port, each a KVM_EXIT_IO",
            with("count", 10_000),
            with("length", 64)),

    /** Writes 4 bytes at a time to {@link #MMIO_ADDRESS}. */
    MMIO(ELF64, "writes to where no memory is, each time a KVM_EXIT_MMIO", with("count", 100_000)),

    /** Reads 4 bytes at a time from {@link #MMIO_ADDRESS}. */
    MMIO_READ(
            ELF64,
            "reads from where no memory is, each time a KVM_EXIT_MMIO",
            with("count", 100_000)),

    /**
     * Halts with interrupts off. Without an in-kernel irqchip each HLT returns from {@code
     * KVM_RUN}, and the next {@code KVM_RUN} goes on behind it: this is for whoever drives a vCPU
     * directly, as a machine takes the first for the guest's end. With an irqchip the vCPU never
     * wakes.
     */
    HALT(ELF64, "halts, each time a KVM_EXIT_HLT; a machine ends at the first", with("count", 1)),

    /** Executes CPUID leaf 0; the kernel answers without an exit to user space. */
    CPUID(
            ELF64,
            "executes CPUID, each time an exit that the kernel handles",
            with("count", 100_000)),

    /**
     * Reads the MSR with number {@code index}. The kernel answers without an exit to user space
     * unless an MSR filter or {@code KVM_CAP_X86_USER_SPACE_MSR} sends it there. Index 0,
     * IA32_P5_MC_ADDR, is known to KVM on every host; an unknown one ends in a triple fault.
     */
    MSR(
            ELF64,
            "reads an MSR, each time an exit that the kernel handles",
            with("count", 100_000),
            with("index", 0)),

    /**
     * Writes 0 to the MSR with number {@code index}; otherwise like {@link #MSR}. Index 0x79,
     * IA32_BIOS_UPDT_TRIG, takes it: KVM ignores the value, and lets no guest write this MSR by
     * itself, as kvm_amd does IA32_SYSENTER_CS. One that does not take it ends in a triple fault.
     */
    MSR_WRITE(
            ELF64,
            "writes an MSR, each time an exit that the kernel handles",
            with("count", 100_000),
            with("index", 0x79)),

    /** Changes a bit of CR4 with each write; the kernel handles it. */
    CR_WRITE(
            ELF64, "writes CR4, each time an exit that the kernel handles", with("count", 100_000)),

    /** Makes a hypercall with a number that KVM answers with an error, in the kernel. */
    HYPERCALL(
            ELF64,
            "executes VMCALL, each time an exit that the kernel handles",
            with("count", 100_000)),

    /**
     * Writes to {@code count} pages from guest-physical address {@code address} on; a page that was
     * not used before is an EPT violation, a nested or a shadow page fault.
     */
    TOUCH(
            ELF64,
            "writes to pages, each the first time a fault",
            with("count", 1_000),
            with("address", 0x20_0000)),

    /** Raises #UD without an interrupt descriptor table; shuts the processor down. */
    TRIPLE_FAULT(ELF64, "faults with no handler, which shuts the processor down"),

    /** Jumps to itself with interrupts off; makes no exit. */
    SPIN(ELF64, "spins with interrupts off until the host ends it"),

    /**
     * Starts all other processors; each counts to {@code count}, below 2^32 (0: endlessly), in 32
     * bits at {@link #COUNTERS} plus 64 times its APIC identifier. Ends with exit code 0 when
     * {@code processors} are through. Needs an irqchip.
     */
    COUNT(
            ELF64,
            "starts all processors, and counts on each",
            with("count", 1_000_000),
            with("processors", 1)),

    /**
     * Sends an interrupt to a second processor, which it starts, and sleeps until one comes back;
     * {@code count} times. Needs an irqchip, and two processors with x2APIC.
     */
    IPI(ELF64, "plays ping-pong between two processors by interrupts", with("count", 10_000)),

    /**
     * Sleeps, and answers each interrupt of vector {@link #INTERRUPT_VECTOR} with a byte to {@code
     * port} (0 is 0x3ff, COM1's scratch register), the first thing that its handler does; and ends
     * with exit code 0 after {@code count} (0: never). A byte goes there when interrupts are on,
     * too. {@code apic} is 1 with an irqchip, whose local APIC wants to be told the end of each
     * interrupt, and 0 without one, where HLT returns from {@code KVM_RUN}. Nothing in a machine
     * sends the interrupt: this is for whoever drives a vCPU directly.
     */
    INTERRUPT(
            ELF64,
            "answers each interrupt with a byte to a port",
            with("count", 1),
            with("apic", 0),
            with("port", 0x3ff)),

    /**
     * Sleeps until the local APIC's timer has ticked {@code count} times, each after 1 ms, and ends
     * with exit code 0. Needs an irqchip.
     */
    TICK(ELF64, "sleeps, and is woken by the local APIC's timer", with("count", 1_000)),

    /**
     * Sleeps until the real-time clock has interrupted {@code count} times (0: endlessly), and ends
     * with exit code 0. The bits of register B in {@code enable} say by which of its interrupts:
     * 0x40 periodic, at the {@code rate} of register A; 0x20 alarm, for each second; 0x10 update
     * ended. Needs an irqchip and the devices of a PC.
     */
    RTC(
            ELF64,
            "sleeps, and is woken by the real-time clock",
            with("count", 100),
            with("enable", 0x40),
            with("rate", 6)),

    /**
     * Suspends the machine to memory (ACPI's S3) {@code count} times, each until the alarm of the
     * next second, goes on in real mode, and ends with exit code 0. Prints when it sleeps and when
     * it is awake. Needs the devices and the tables of a PC.
     */
    SUSPEND(ELF64, "suspends to memory, and is woken by the real-time clock", with("count", 1)),

    /** Does what {@link #ECHO} does, woken by the serial port's interrupt. Needs an irqchip. */
    ECHO_INTERRUPT(ELF64, "repeats what it reads, woken by interrupts, until ^D"),

    /**
     * Computes {@code count} numbers, each from the one before by {@code x ^= x << 13; x ^= x >>>
     * 7; x ^= x << 17}, the first from {@code seed}, without an exit; and ends with exit code 0.
     * How many there are by now, and the last, are at {@link #COUNTERS}. The host may change {@code
     * count} (0: endlessly) at any time. Who drives several vCPUs gives each a number in RDI at
     * entry, which is added to the seed; its results are at {@link #COUNTERS} plus 64 times that.
     */
    CHAIN(
            ELF64,
            "computes numbers, each from the one before",
            with("count", 1_000_000),
            with("seed", 1)),

    /**
     * Fills the registers of its processor (general, SSE, debug, CR2, MSRs; x87 too if {@code x87}
     * is not 0) with a pattern that begins with {@code seed}, writes to port 0x80, holds them for
     * {@code hold} more steps, and looks whether they are as it left them; {@code count} times (0:
     * endlessly; the host may change it at any time), each with another pattern. Ends with exit
     * code 0, or at the first value that is not as it was left with 1 and its number. The rounds
     * done are at {@link #COUNTERS}. Who drives several vCPUs gives each a number in RDI at entry;
     * its page is at {@link #COUNTERS} plus 4096 times that.
     */
    KEEP(
            ELF64,
            "fills all registers, and looks whether it keeps them",
            with("count", 1_000),
            with("seed", 1),
            with("hold", 100),
            with("x87", 0)),

    /**
     * Reads 8 bytes at guest-physical address {@code address} (0 is 2 MiB) and writes the number of
     * the round to the 8 bytes behind, {@code count} times (0: endlessly); ends with exit code 0.
     * What was read last is at {@link #COUNTERS}, and the rounds done at the next 8 bytes.
     */
    WATCH(
            ELF64,
            "reads and writes one place in memory",
            with("count", 100_000),
            with("address", 0x20_0000)),

    /**
     * Makes {@code count} accesses (0: endlessly) to ports and guest-physical addresses at random,
     * of any width and as strings, then ends with exit code 0 if nothing else has ended it: a guest
     * to test hosts with. The {@code seed} decides which; an odd one stays near the devices of a
     * PC. Starts all other processors, which access ports.
     */
    HOSTILE(
            ELF64,
            "writes anything anywhere, to test its host",
            with("seed", 1),
            with("count", 100_000)),

    /**
     * Makes one exit of each class after the other, {@code count} rounds: CPUID, RDMSR, a control
     * register, a page that is not mapped yet, a port written and read, a device in memory written
     * and read. Ends with exit code 0.
     */
    TOUR(ELF64, "makes exits of all classes in turn", with("count", 1000)),

    /**
     * A parser to fuzz: asks for an input at port 0xf8, with a descriptor as {@code fuzz.h} has it,
     * and ends with exit code 0 if it finds nothing in it. An input that begins with {@code BUG!}
     * makes it fault without a handler, {@code HANG} spin with interrupts off, {@code CODE} print a
     * line and end with exit code 7; these are its faults. Exit code 8 says that its memory was not
     * reset since the input before. Without a device at the port it has an input of no bytes.
     */
    FUZZ_TARGET(ELF64, "parses the input that it is given, and has faults to find"),

    /**
     * A hypervisor: enters VMX operation, runs two guests of its own in turn, each with a VMCS, and
     * leaves VMX operation. Prints a line for each step, with the exit reason that it read and the
     * cycles that it took, and ends with exit code 0. Where the processor lacks {@link
     * Extension#VMX} it ends with {@link #NO_EXTENSION} or {@link #SWITCHED_OFF}.
     *
     * <p>A {@code mistake} makes it fail, and end with exit code 1: 1 reads a field without a
     * current VMCS, which is a VMfailInvalid; 2 resumes a guest that was not launched, a
     * VMfailValid; 3 gives a guest flags that cannot be, a VM-entry failure.
     */
    VMX_ROOT(ELF64, "is a hypervisor: runs two guests of its own by VMX", with("mistake", 0)),

    /**
     * A hypervisor: switches SVM on, runs two guests of its own in turn, each with a VMCB, and
     * switches SVM off; otherwise as {@link #VMX_ROOT} with {@link Extension#SVM}. The one {@code
     * mistake}, 1, is an address space identifier of 0, which VMRUN refuses.
     */
    SVM_ROOT(ELF64, "is a hypervisor: runs two guests of its own by SVM", with("mistake", 0));

    /**
     * Guest-physical address of the parameter block: 64-bit little-endian words, in the order of
     * {@link #parameters()}, to be written before the guest starts. Words never written are 0.
     */
    public static final long PARAMETER_BLOCK = 0x8000;

    /** Guest-physical address, in the hole below 4 GiB, that the MMIO loops access. */
    public static final long MMIO_ADDRESS = 0xfe00_0000L;

    /** Guest-physical address where {@link #COUNT} counts. */
    public static final long COUNTERS = 0x1_0000;

    /** The vector of the interrupts that {@link #INTERRUPT} answers. */
    public static final int INTERRUPT_VECTOR = 0x40;

    /** The exit code of a guest whose processor does not offer the {@link #extension()}. */
    public static final int NO_EXTENSION = 3;

    /** The exit code of a guest whose processor has the {@link #extension()} locked. */
    public static final int SWITCHED_OFF = 4;

    /**
     * A processor's extension for running guests, to a guest that runs guests itself: there on a
     * host of its vendor whose hypervisor has nested virtualization on.
     */
    public enum Extension {
        /** Intel's: bit 5 of ECX in CPUID leaf 1. */
        VMX,
        /** AMD's: bit 2 of ECX in CPUID leaf 0x80000001. */
        SVM
    }

    /** What an image is and how to enter it. */
    public enum Format {
        /** Bare bytes: loaded at 0x1000 and entered there in real mode, with all segments 0. */
        FLAT(".bin"),

        /**
         * A static ELF64 executable for x86-64, linked at 1 MiB: entered in long mode at CPL 0,
         * with the first 4 GiB mapped one to one and a stack.
         */
        ELF64(".elf");

        private final String suffix;

        Format(String suffix) {
            this.suffix = suffix;
        }
    }

    private final Format format;
    private final String description;
    private final List<String> parameters;
    private final List<Long> defaults;

    Guest(Format format, String description, Parameter... parameters) {
        this.format = format;
        this.description = description;
        this.parameters = Arrays.stream(parameters).map(Parameter::name).toList();
        this.defaults = Arrays.stream(parameters).map(Parameter::usual).toList();
    }

    private record Parameter(String name, long usual) {}

    private static Parameter with(String name, long usual) {
        return new Parameter(name, usual);
    }

    /**
     * Looks a guest up by the name that users type.
     *
     * @param name such as {@code hello-real}; case matters
     * @return the guest, or empty if there is none of that name
     */
    public static Optional<Guest> find(String name) {
        return Arrays.stream(values()).filter(guest -> guest.guestName().equals(name)).findFirst();
    }

    /**
     * {@return the name that users type, such as {@code hello-real}: lower case, words joined by a
     * hyphen}
     */
    public String guestName() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** {@return what the image is and how to enter it} */
    public Format format() {
        return format;
    }

    /** {@return what the guest does, in one line of at most 80 columns} */
    public String description() {
        return description;
    }

    /** {@return whether the guest does nothing on a machine without interrupt controllers} */
    public boolean needsIrqchip() {
        return switch (this) {
            case COUNT, IPI, TICK, RTC, SUSPEND, ECHO_INTERRUPT -> true;
            default -> false;
        };
    }

    /** {@return what the guest's processor has to have for it; most guests need no extension} */
    public Optional<Extension> extension() {
        return switch (this) {
            case VMX_ROOT -> Optional.of(Extension.VMX);
            case SVM_ROOT -> Optional.of(Extension.SVM);
            default -> Optional.empty();
        };
    }

    /**
     * {@return the names of the guest's parameters: the first is word 0 of the {@linkplain
     * #PARAMETER_BLOCK parameter block}, and so on}
     */
    public List<String> parameters() {
        return parameters;
    }

    /**
     * {@return values for the {@linkplain #parameters() parameters}, in their order, with which the
     * guest shows what it does and ends} They are not written for you: words of the parameter block
     * that nobody writes are 0.
     */
    public List<Long> defaults() {
        return defaults;
    }

    /**
     * Reads the image.
     *
     * @return the image's bytes, the caller's to change
     * @throws UncheckedIOException if the jar that holds it cannot be read
     */
    public byte[] image() {
        try (InputStream image = Guest.class.getResourceAsStream(imageName())) {
            if (image == null) {
                throw new IOException("it was not built into this module");
            }
            return image.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the guest image " + imageName(), e);
        }
    }

    /** {@return the {@linkplain #guestName() guest's name}} */
    @Override
    public String toString() {
        return guestName();
    }

    /** The name of the resource that holds the image, beside this class. */
    String imageName() {
        return guestName() + format.suffix;
    }
}
