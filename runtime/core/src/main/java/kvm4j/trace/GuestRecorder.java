package kvm4j.trace;

import kvm4j.linux.NativeThread;
import kvm4j.machine.MachineBuilder;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Records a machine's life: what the kernel traces of its vCPUs' threads, and of nobody else's, and
 * when they call {@code KVM_RUN}. Where the kernel's tracing cannot be used, what user space sees
 * is recorded alone, and a note says what is missing and what can be done about it.
 *
 * <p>What was recorded is kept in a file without a name, up to {@link #MOST_BYTES}; then the
 * recording ends, and a note says so. What the kernel had no room for meanwhile is counted.
 */
public final class GuestRecorder implements AutoCloseable {

    /** How much of the kernel's records is kept, in bytes. */
    public static final long MOST_BYTES = 512L << 20;

    /** What a recorder cannot do without. */
    private static final List<String> ROUNDS =
            List.of("kvm/kvm_entry", "kvm/kvm_exit", "kvm/kvm_userspace_exit");

    private static final List<String> DETAILS =
            List.of(
                    "kvm/kvm_emulate_insn",
                    "kvm/kvm_inj_virq",
                    "kvm/kvm_inj_exception",
                    "kvm/kvm_page_fault",
                    "kvm/kvm_pio",
                    "kvm/kvm_mmio",
                    "kvm/kvm_fpu",
                    "sched/sched_switch");

    private static final String UNSEEN_OPERATIONS =
            "VMXON, VMXOFF and VMPTRLD, or SVM's counterparts, are not seen: ";

    private final Instant begun = Instant.now();
    private final long from = System.nanoTime();
    private final List<String> notes = new ArrayList<>();
    private final List<TraceInstance> instances = new ArrayList<>();
    private final List<TraceSpool> spools = new ArrayList<>();
    private final RunLog runs = new RunLog(this::follow);
    private Optional<TraceFs> kernel = Optional.empty();
    private CallNames calls = new CallNames();

    private GuestRecorder() {}

    /**
     * Starts to record, before the machine is built: the first VM of a host switches VMX or SVM
     * operation on.
     *
     * @return the recorder, to be closed
     */
    public static GuestRecorder start() {
        GuestRecorder recorder = new GuestRecorder();
        try {
            TraceFs kernel = TraceFs.find();
            recorder.startKernel(kernel);
            recorder.kernel = Optional.of(kernel);
        } catch (TraceUnavailableException unavailable) {
            recorder.closeKernel();
            recorder.notes.add(
                    "what the kernel and the processor do is not seen: "
                            + unavailable.getMessage());
        } catch (RuntimeException | Error failure) {
            recorder.close();
            throw failure;
        }
        return recorder;
    }

    private void startKernel(TraceFs kernel) throws TraceUnavailableException {
        TraceInstance vcpus = instance(kernel, "vcpus");
        // who follows nobody is told of everybody, and this thread is ours
        vcpus.follow(NativeThread.current());
        List<String> missing =
                Stream.concat(ROUNDS.stream(), DETAILS.stream())
                        .filter(event -> !vcpus.enable(event))
                        .toList();
        if (!missing.isEmpty()) {
            notes.add("this kernel does not trace " + String.join(", ", missing));
        }
        if (!kernel.tracesCalls()) {
            notes.add(
                    UNSEEN_OPERATIONS
                            + "this kernel does not trace functions; use one with"
                            + " CONFIG_FUNCTION_TRACER");
        } else if (!traceCalls(vcpus, instance(kernel, "host"))) {
            notes.add(UNSEEN_OPERATIONS + "neither kvm_intel nor kvm_amd runs guests here");
        }
        for (TraceInstance instance : instances) {
            spools.add(new TraceSpool(instance, kernel.pageLayout(), MOST_BYTES));
        }
    }

    private boolean traceCalls(TraceInstance vcpus, TraceInstance host) {
        calls = CallNames.of(KernelOperation.functions());
        boolean own = vcpus.traceCalls(KernelOperation.Scope.VCPU.functionsOf(calls.all()));
        return host.traceCalls(KernelOperation.Scope.HOST.functionsOf(calls.all())) && own;
    }

    private TraceInstance instance(TraceFs kernel, String purpose)
            throws TraceUnavailableException {
        TraceInstance instance = kernel.instance(purpose);
        instances.add(instance);
        instance.prepare();
        return instance;
    }

    /**
     * Has a machine recorded.
     *
     * @param machine describes it
     */
    public void observe(MachineBuilder machine) {
        machine.observer(runs);
    }

    private void follow(NativeThread thread) {
        if (!instances.isEmpty()) {
            instances.getFirst().follow(thread);
        }
    }

    /**
     * Ends the recording, of a machine that has ended, and puts all on one time line.
     *
     * @return what was seen
     * @throws UncheckedIOException if what was kept cannot be read again
     */
    public Timeline finish() {
        List<RunLog.Calls> calls = runs.vcpus();
        TimelineBuilder timeline = new TimelineBuilder(calls);
        try {
            List<CpuTrace> traces = new ArrayList<>();
            for (TraceSpool spool : spools) {
                traces.addAll(spool.finish());
            }
            timeline.merge(decoder(timeline), traces);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        if (spools.stream().anyMatch(TraceSpool::isFull)) {
            notes.add(
                    "the kernel's trace ends before the guest did: no more than %d MiB are kept"
                            .formatted(MOST_BYTES >> 20));
        }
        if (calls.stream().anyMatch(RunLog.Calls::isFull)) {
            notes.add("the first %,d exits of a vCPU alone are kept".formatted(RunLog.MOST_EXITS));
        }
        Timeline seen = timeline.finish(begun, from, notes);
        return kernel.isPresent() && seen.lacksTheKernelsSide()
                ? seen.withNote(
                        "the kernel's trace has nothing of this guest: in a container threads have"
                                + " other numbers than in the trace; run this outside")
                : seen;
    }

    private EventDecoder decoder(TimelineBuilder timeline) {
        EventDecoder decoder = new EventDecoder(calls, timeline);
        kernel.ifPresent(decoder::knowFormats);
        return decoder;
    }

    /** Gives back what the kernel keeps for this. */
    @Override
    public void close() {
        closeKernel();
    }

    private void closeKernel() {
        spools.forEach(TraceSpool::close);
        spools.clear();
        instances.forEach(TraceInstance::close);
        instances.clear();
    }
}
