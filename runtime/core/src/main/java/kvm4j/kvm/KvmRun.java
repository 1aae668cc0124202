package kvm4j.kvm;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import kvm4j.bindings.kvm.KvmUapi;
import kvm4j.bindings.kvm.kvm_exit_snp_req_certs;
import kvm4j.bindings.kvm.kvm_hyperv_exit;
import kvm4j.bindings.kvm.kvm_run;
import kvm4j.bindings.kvm.kvm_xen_exit;

import java.lang.foreign.MemorySegment;

/**
 * The page that a vCPU shares with the kernel, {@code struct kvm_run}: what the last exit was
 * about, and where user space puts its answer.
 *
 * <p>Everything is read and written in place. The methods for one kind of exit mean something only
 * after an exit of that kind, and only until the next {@link Vcpu#run()}, which also is what
 * completes an IN, an MMIO read or an RDMSR with the answer. A page whose vCPU is closed throws
 * {@link IllegalStateException}.
 */
public final class KvmRun {

    private static final long EXIT_REASON = kvm_run.exit_reason$offset();
    private static final int INTERRUPTED = KvmUapi.KVM_EXIT_INTR();
    private static final long IMMEDIATE_EXIT = kvm_run.immediate_exit$offset();
    private static final long REQUEST_WINDOW = kvm_run.request_interrupt_window$offset();
    private static final long READY = kvm_run.ready_for_interrupt_injection$offset();
    private static final long IF_FLAG = kvm_run.if_flag$offset();
    private static final long FLAGS = kvm_run.flags$offset();
    private static final long CR8 = kvm_run.cr8$offset();
    private static final long APIC_BASE = kvm_run.apic_base$offset();

    private static final long IO = kvm_run.io$offset();
    private static final long IO_DIRECTION = IO + kvm_run.io.direction$offset();
    private static final long IO_SIZE = IO + kvm_run.io.size$offset();
    private static final long IO_PORT = IO + kvm_run.io.port$offset();
    private static final long IO_COUNT = IO + kvm_run.io.count$offset();
    private static final long IO_DATA_OFFSET = IO + kvm_run.io.data_offset$offset();
    private static final byte IO_OUT = (byte) KvmUapi.KVM_EXIT_IO_OUT();

    private static final long MMIO = kvm_run.mmio$offset();
    private static final long MMIO_ADDRESS = MMIO + kvm_run.mmio.phys_addr$offset();
    private static final long MMIO_DATA = MMIO + kvm_run.mmio.data$offset();
    private static final long MMIO_LENGTH = MMIO + kvm_run.mmio.len$offset();
    private static final long MMIO_IS_WRITE = MMIO + kvm_run.mmio.is_write$offset();

    private static final long MSR = kvm_run.msr$offset();
    private static final long MSR_ERROR = MSR + kvm_run.msr.error$offset();
    private static final long MSR_INDEX = MSR + kvm_run.msr.index$offset();
    private static final long MSR_DATA = MSR + kvm_run.msr.data$offset();

    private static final long EOI_VECTOR = kvm_run.eoi$offset() + kvm_run.eoi.vector$offset();

    private static final long HYPERCALL_RESULT =
            kvm_run.hypercall$offset() + kvm_run.hypercall.ret$offset();
    private static final long HYPERV_RESULT =
            kvm_run.hyperv$offset()
                    + kvm_hyperv_exit.u$offset()
                    + kvm_hyperv_exit.u.hcall$offset()
                    + kvm_hyperv_exit.u.hcall.result$offset();
    private static final long XEN_RESULT =
            kvm_run.xen$offset()
                    + kvm_xen_exit.u$offset()
                    + kvm_xen_exit.u.hcall$offset()
                    + kvm_xen_exit.u.hcall.result$offset();
    private static final long SNP_RESULT =
            kvm_run.snp_req_certs$offset() + kvm_exit_snp_req_certs.ret$offset();

    private final MemorySegment page;

    /** Has this class find where everything is. */
    static void prepare() {
        // its initializers do
    }

    KvmRun(MemorySegment page) {
        this.page = page;
    }

    MemorySegment page() {
        return page;
    }

    /**
     * Why the last run ended.
     *
     * @return the reason
     */
    public ExitReason exitReason() {
        return ExitReason.of(exitCode());
    }

    /**
     * Why the last run ended, as the kernel's number.
     *
     * @return a {@code KVM_EXIT_*}
     */
    public int exitCode() {
        return page.get(JAVA_INT, EXIT_REASON);
    }

    /**
     * Notes that a run was interrupted, as the kernel does at a signal, but not at an immediate
     * exit: whatever was the exit before, it is complete.
     */
    void noteInterruption() {
        page.set(JAVA_INT, EXIT_REASON, INTERRUPTED);
    }

    /**
     * Makes the next {@code KVM_RUN}, and each after it, complete what is pending and return {@link
     * ExitReason#INTR} without entering the guest, until {@link #clearImmediateExit()}. Any thread
     * may ask. Needs {@code KVM_CAP_IMMEDIATE_EXIT}.
     */
    public void requestImmediateExit() {
        page.set(JAVA_BYTE, IMMEDIATE_EXIT, (byte) 1);
    }

    /** Lets {@code KVM_RUN} enter the guest again. */
    public void clearImmediateExit() {
        page.set(JAVA_BYTE, IMMEDIATE_EXIT, (byte) 0);
    }

    /**
     * Asks for an {@link ExitReason#IRQ_WINDOW_OPEN} as soon as the guest can take an interrupt;
     * for a VM without an in-kernel irqchip.
     *
     * @param wanted whether to exit then
     */
    public void requestInterruptWindow(boolean wanted) {
        page.set(JAVA_BYTE, REQUEST_WINDOW, (byte) (wanted ? 1 : 0));
    }

    /**
     * Whether {@link VcpuInterrupts#inject} may be used now; for a VM without an in-kernel irqchip.
     *
     * @return whether the vCPU would take an interrupt
     */
    public boolean readyForInterruptInjection() {
        return page.get(JAVA_BYTE, READY) != 0;
    }

    /**
     * The guest's interrupt flag at the exit; for a VM without an in-kernel irqchip.
     *
     * @return RFLAGS.IF
     */
    public boolean interruptFlag() {
        return page.get(JAVA_BYTE, IF_FLAG) != 0;
    }

    /**
     * Facts about the exit: {@code KVM_RUN_X86_SMM}, {@code KVM_RUN_X86_BUS_LOCK}, {@code
     * KVM_RUN_X86_GUEST_MODE}.
     *
     * @return the flags
     */
    public int flags() {
        return Short.toUnsignedInt(page.get(JAVA_SHORT, FLAGS));
    }

    /**
     * The task priority register; in and out, for a VM without an in-kernel irqchip.
     *
     * @return CR8
     */
    public long cr8() {
        return page.get(JAVA_LONG, CR8);
    }

    /**
     * Sets the task priority register for the next run; for a VM without an in-kernel irqchip.
     *
     * @param value CR8
     */
    public void setCr8(long value) {
        page.set(JAVA_LONG, CR8, value);
    }

    /**
     * The APIC base MSR; for a VM without an in-kernel irqchip.
     *
     * @return IA32_APIC_BASE
     */
    public long apicBase() {
        return page.get(JAVA_LONG, APIC_BASE);
    }

    /**
     * For {@link ExitReason#IO}: which way the data goes.
     *
     * @return true for OUT, whose data is there; false for IN, which waits for it
     */
    public boolean ioIsOut() {
        return page.get(JAVA_BYTE, IO_DIRECTION) == IO_OUT;
    }

    /**
     * For {@link ExitReason#IO}: the width of an element.
     *
     * @return 1, 2 or 4 bytes
     */
    public int ioSize() {
        return page.get(JAVA_BYTE, IO_SIZE);
    }

    /**
     * For {@link ExitReason#IO}: the port.
     *
     * @return from 0 to 0xffff
     */
    public int ioPort() {
        return Short.toUnsignedInt(page.get(JAVA_SHORT, IO_PORT));
    }

    /**
     * For {@link ExitReason#IO}: how many elements there are, more than one for a string
     * instruction.
     *
     * @return at least 1
     */
    public int ioCount() {
        return page.get(JAVA_INT, IO_COUNT);
    }

    /**
     * For {@link ExitReason#IO}: an element that the guest writes.
     *
     * @param index from 0 to {@link #ioCount()} - 1
     * @return the value, with the bits above {@link #ioSize()} zero
     */
    public long ioValue(int index) {
        int size = ioSize();
        long offset = page.get(JAVA_LONG, IO_DATA_OFFSET) + (long) index * size;
        return switch (size) {
            case 1 -> Byte.toUnsignedLong(page.get(JAVA_BYTE, offset));
            case 2 -> Short.toUnsignedLong(page.get(JAVA_SHORT_UNALIGNED, offset));
            default -> Integer.toUnsignedLong(page.get(JAVA_INT_UNALIGNED, offset));
        };
    }

    /**
     * For {@link ExitReason#IO}: answers an element that the guest reads.
     *
     * @param index from 0 to {@link #ioCount()} - 1
     * @param value the value, of which {@link #ioSize()} bytes count
     */
    public void setIoValue(int index, long value) {
        int size = ioSize();
        long offset = page.get(JAVA_LONG, IO_DATA_OFFSET) + (long) index * size;
        switch (size) {
            case 1 -> page.set(JAVA_BYTE, offset, (byte) value);
            case 2 -> page.set(JAVA_SHORT_UNALIGNED, offset, (short) value);
            default -> page.set(JAVA_INT_UNALIGNED, offset, (int) value);
        }
    }

    /**
     * For {@link ExitReason#MMIO}: which way the data goes.
     *
     * @return true for a write, whose data is there; false for a read, which waits for it
     */
    public boolean mmioIsWrite() {
        return page.get(JAVA_BYTE, MMIO_IS_WRITE) != 0;
    }

    /**
     * For {@link ExitReason#MMIO}: where.
     *
     * @return the guest-physical address
     */
    public long mmioAddress() {
        return page.get(JAVA_LONG, MMIO_ADDRESS);
    }

    /**
     * For {@link ExitReason#MMIO}: how much.
     *
     * @return from 1 to 8 bytes
     */
    public int mmioLength() {
        return page.get(JAVA_INT, MMIO_LENGTH);
    }

    /**
     * For {@link ExitReason#MMIO}: what the guest writes.
     *
     * @return the value, little-endian, with the bits above {@link #mmioLength()} zero
     */
    public long mmioValue() {
        long value = page.get(JAVA_LONG_UNALIGNED, MMIO_DATA);
        int length = mmioLength();
        return length >= Long.BYTES ? value : value & (1L << length * Byte.SIZE) - 1;
    }

    /**
     * For {@link ExitReason#MMIO}: answers what the guest reads.
     *
     * @param value the value, little-endian, of which {@link #mmioLength()} bytes count
     */
    public void setMmioValue(long value) {
        page.set(JAVA_LONG_UNALIGNED, MMIO_DATA, value);
    }

    /**
     * For {@link ExitReason#X86_RDMSR} and {@link ExitReason#X86_WRMSR}: which MSR.
     *
     * @return its index
     */
    public int msrIndex() {
        return page.get(JAVA_INT, MSR_INDEX);
    }

    /**
     * For {@link ExitReason#X86_WRMSR}: what the guest writes.
     *
     * @return EDX:EAX
     */
    public long msrValue() {
        return page.get(JAVA_LONG, MSR_DATA);
    }

    /**
     * For {@link ExitReason#X86_RDMSR}: answers what the guest reads.
     *
     * @param value EDX:EAX
     */
    public void setMsrValue(long value) {
        page.set(JAVA_LONG, MSR_DATA, value);
    }

    /**
     * For {@link ExitReason#X86_RDMSR} and {@link ExitReason#X86_WRMSR}: lets the instruction raise
     * a general protection fault in the guest instead.
     */
    public void refuseMsr() {
        page.set(JAVA_BYTE, MSR_ERROR, (byte) 1);
    }

    /**
     * For {@link ExitReason#IOAPIC_EOI}: which interrupt the guest acknowledged.
     *
     * @return its vector, from 0 to 255
     */
    public int endOfInterruptVector() {
        return Byte.toUnsignedInt(page.get(JAVA_BYTE, EOI_VECTOR));
    }

    /**
     * For {@link ExitReason#HYPERCALL}: answers the call.
     *
     * @param value what the guest finds in RAX
     */
    public void setHypercallResult(long value) {
        page.set(JAVA_LONG, HYPERCALL_RESULT, value);
    }

    /**
     * For {@link ExitReason#HYPERV}, and there for {@link VmExit.HypervHypercall}: answers the
     * call.
     *
     * @param value the hypercall result value
     */
    public void setHypervResult(long value) {
        page.set(JAVA_LONG, HYPERV_RESULT, value);
    }

    /**
     * For {@link ExitReason#XEN}: answers the call.
     *
     * @param value what the guest finds in RAX
     */
    public void setXenResult(long value) {
        page.set(JAVA_LONG_UNALIGNED, XEN_RESULT, value);
    }

    /**
     * For {@link ExitReason#SNP_REQ_CERTS}: answers the request.
     *
     * @param value 0 if the certificates are in the buffer, else an error number
     */
    public void setSnpResult(long value) {
        page.set(JAVA_LONG, SNP_RESULT, value);
    }
}
