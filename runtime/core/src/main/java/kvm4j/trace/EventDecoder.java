package kvm4j.trace;

import kvm4j.kvm.ExitReason;
import kvm4j.x86.HardwareExit;
import kvm4j.x86.SvmExit;
import kvm4j.x86.VmxExit;

import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Makes events of the kernel's records. A field that this kernel's format lacks is unknown, a
 * record of an event that nobody asked for is passed over, and what is cut is read as far as it
 * goes.
 */
final class EventDecoder {

    private static final String THREAD = "common_pid";
    private static final int VMX = 1;
    private static final int INTERRUPTED = -4;

    /**
     * What a thread waits for (TASK_REPORT, include/linux/sched.h). The kernel has 0 there for one
     * that gives way, and a bit beyond for one that it takes the processor from.
     */
    private static final long WAITING_STATES = 0xff;

    /** Reads one kind of record. */
    private interface Reader {
        void read(EventFormat format, MemorySegment record, TraceEvent.Place place);
    }

    private record Kind(EventFormat format, Reader reader) {}

    private final Map<Long, Kind> kinds = new HashMap<>();
    private final CallNames calls;
    private final Consumer<TraceEvent> sink;

    /**
     * A decoder that knows no format yet.
     *
     * @param calls names of the functions that are traced
     * @param sink gets the events
     */
    EventDecoder(CallNames calls, Consumer<TraceEvent> sink) {
        this.calls = calls;
        this.sink = sink;
    }

    /** Learns how a kernel lays out its events. */
    void knowFormats(TraceFs kernel) {
        know(kernel, "kvm/kvm_entry", this::entry);
        know(kernel, "kvm/kvm_exit", this::exit);
        know(kernel, "kvm/kvm_userspace_exit", this::userspaceExit);
        know(kernel, "kvm/kvm_emulate_insn", this::emulation);
        know(kernel, "kvm/kvm_inj_virq", this::interrupt);
        know(kernel, "kvm/kvm_inj_exception", this::exception);
        know(kernel, "kvm/kvm_page_fault", this::pageFault);
        know(kernel, "kvm/kvm_pio", this::port);
        know(kernel, "kvm/kvm_mmio", this::mmio);
        know(kernel, "kvm/kvm_fpu", this::fpu);
        know(kernel, "sched/sched_switch", this::threadSwitch);
        know(kernel, "ftrace/function", this::call);
    }

    private void know(TraceFs kernel, String event, Reader reader) {
        kernel.format(event)
                .ifPresent(format -> kinds.put((long) format.id(), new Kind(format, reader)));
    }

    /**
     * Reads a record, or what is known of a gap.
     *
     * @param trace where it is
     */
    void decode(CpuTrace trace) {
        if (trace.isAtGap()) {
            var place = new TraceEvent.Place(trace.time(), trace.cpu(), 0);
            sink.accept(new TraceEvent.Lost(place, trace.missed()));
            return;
        }
        MemorySegment record = trace.record();
        Kind kind = kinds.get(EventFormat.TYPE.read(record, 0));
        if (kind != null) {
            int thread = (int) kind.format.read(THREAD, record, 0);
            kind.reader.read(
                    kind.format, record, new TraceEvent.Place(trace.time(), trace.cpu(), thread));
        }
    }

    private void entry(EventFormat format, MemorySegment record, TraceEvent.Place place) {
        sink.accept(new TraceEvent.Entered(place, format.read("rip", record, 0)));
    }

    private void exit(EventFormat format, MemorySegment record, TraceEvent.Place place) {
        sink.accept(
                new TraceEvent.Left(
                        place,
                        hardwareExit(
                                format.read("isa", record, VMX),
                                format.read("exit_reason", record, 0)),
                        format.read("guest_rip", record, 0),
                        format.read("info1", record, 0),
                        format.read("info2", record, 0)));
    }

    /** The kernel keeps SVM's negative codes in 32 bits, among large ones that are positive. */
    private static HardwareExit hardwareExit(long isa, long reason) {
        if (isa == VMX) {
            return new VmxExit((int) reason);
        }
        return new SvmExit(reason >>> 8 == 0xff_ffff ? (int) reason : reason);
    }

    private void userspaceExit(EventFormat format, MemorySegment record, TraceEvent.Place place) {
        int errno = (int) format.read("errno", record, 0);
        ExitReason reason =
                errno == INTERRUPTED
                        ? ExitReason.INTR
                        : ExitReason.of((int) format.read("reason", record, -1));
        sink.accept(new TraceEvent.HandedOver(place, reason));
    }

    private void emulation(EventFormat format, MemorySegment record, TraceEvent.Place place) {
        sink.accept(new TraceEvent.Emulated(place));
    }

    private void interrupt(EventFormat format, MemorySegment record, TraceEvent.Place place) {
        mark(
                place,
                Mark.INTERRUPT_INJECTED,
                "vector %d"
                        .formatted(format.read("vector", record, format.read("irq", record, 0))));
    }

    private void exception(EventFormat format, MemorySegment record, TraceEvent.Place place) {
        mark(
                place,
                Mark.EXCEPTION_INJECTED,
                "vector %d".formatted(format.read("exception", record, 0)));
    }

    private void pageFault(EventFormat format, MemorySegment record, TraceEvent.Place place) {
        mark(
                place,
                Mark.PAGE_FAULT,
                "GPA 0x%x, error 0x%x"
                        .formatted(
                                format.read("fault_address", record, 0),
                                format.read("error_code", record, 0)));
    }

    private void port(EventFormat format, MemorySegment record, TraceEvent.Place place) {
        mark(
                place,
                Mark.PORT,
                "%s 0x%x: 0x%x"
                        .formatted(
                                format.read("rw", record, 0) == 0 ? "IN" : "OUT",
                                format.read("port", record, 0),
                                format.read("val", record, 0)));
    }

    private void mmio(EventFormat format, MemorySegment record, TraceEvent.Place place) {
        long type = format.read("type", record, 0);
        // 0 is a read that nobody has answered yet; it comes again as 1, with its value
        if (type != 0) {
            mark(
                    place,
                    Mark.MMIO,
                    "%s 0x%x: 0x%x"
                            .formatted(
                                    type == 1 ? "read" : "write",
                                    format.read("gpa", record, 0),
                                    format.read("val", record, 0)));
        }
    }

    private void fpu(EventFormat format, MemorySegment record, TraceEvent.Place place) {
        mark(place, Mark.FPU, format.read("load", record, 0) == 0 ? "unload" : "load");
    }

    private void mark(TraceEvent.Place place, Mark mark, String detail) {
        sink.accept(new TraceEvent.Marked(place, mark, detail));
    }

    private void threadSwitch(EventFormat format, MemorySegment record, TraceEvent.Place place) {
        boolean preempted = (format.read("prev_state", record, 0) & WAITING_STATES) == 0;
        sink.accept(
                new TraceEvent.SwitchedOut(
                        of(place, format.read("prev_pid", record, 0)), preempted));
        sink.accept(new TraceEvent.SwitchedIn(of(place, format.read("next_pid", record, 0))));
    }

    private static TraceEvent.Place of(TraceEvent.Place place, long thread) {
        return new TraceEvent.Place(place.time(), place.cpu(), (int) thread);
    }

    private void call(EventFormat format, MemorySegment record, TraceEvent.Place place) {
        calls.name(format.read("ip", record, 0))
                .ifPresent(name -> sink.accept(new TraceEvent.Called(place, name)));
    }
}
