package kvm4j.trace;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.function.Consumer;

/** Puts on one time line what the processors recorded and what user space knows. */
final class TimelineBuilder implements Consumer<TraceEvent> {

    private final List<RunLog.Calls> calls;
    private final Map<Integer, VcpuLife> lives = new HashMap<>();
    private final List<HostOperation> operations = new ArrayList<>();
    private final List<Loss> losses = new ArrayList<>();
    private long first = Long.MAX_VALUE;
    private long last = Long.MIN_VALUE;

    /** Something that gives events in the order of their times. */
    private interface Source {

        /** The time of the next event. */
        long time();

        /** Gives the next event to the builder. Answers whether there is one more. */
        boolean give();
    }

    TimelineBuilder(List<RunLog.Calls> calls) {
        this.calls = calls;
        calls.forEach(vcpu -> lives.put(vcpu.thread(), new VcpuLife(vcpu)));
    }

    /**
     * Puts all together.
     *
     * @param kernel reads the processors' records; gives this the events
     * @param traces the processors' records
     */
    void merge(EventDecoder kernel, List<CpuTrace> traces) {
        PriorityQueue<Source> sources = new PriorityQueue<>(Comparator.comparingLong(Source::time));
        traces.stream()
                .filter(CpuTrace::next)
                .map(trace -> recorded(kernel, trace))
                .forEach(sources::add);
        calls.stream().filter(vcpu -> vcpu.size() > 0).map(this::called).forEach(sources::add);
        while (!sources.isEmpty()) {
            Source earliest = sources.poll();
            if (earliest.give()) {
                sources.add(earliest);
            }
        }
    }

    private static Source recorded(EventDecoder kernel, CpuTrace trace) {
        return new Source() {
            @Override
            public long time() {
                return trace.time();
            }

            @Override
            public boolean give() {
                kernel.decode(trace);
                return trace.next();
            }
        };
    }

    private Source called(RunLog.Calls vcpu) {
        return new Source() {
            private int next;

            @Override
            public long time() {
                return vcpu.time(next);
            }

            @Override
            public boolean give() {
                accept(vcpu.event(next++));
                return next < vcpu.size();
            }
        };
    }

    @Override
    public void accept(TraceEvent event) {
        TraceEvent.Place place = event.place();
        switch (event) {
            case TraceEvent.Lost lost ->
                    losses.add(new Loss(place.time(), place.cpu(), lost.count()));
            case TraceEvent.Called call ->
                    KernelOperation.of(call.function())
                            .map(
                                    operation ->
                                            new HostOperation(
                                                    place.time(),
                                                    place.cpu(),
                                                    operation.name(),
                                                    call.function()))
                            .ifPresent(this::add);
            default -> {
                VcpuLife life = lives.get(place.thread());
                if (life != null) {
                    life.add(event);
                    extendTo(place.time());
                }
            }
        }
    }

    private void add(HostOperation operation) {
        operations.add(operation);
        extendTo(operation.time());
    }

    private void extendTo(long time) {
        first = Math.min(first, time);
        last = Math.max(last, time);
    }

    /**
     * The time line.
     *
     * @param begun when the recording began
     * @param recordedFrom the same, in nanoseconds of {@link System#nanoTime}
     * @param notes what could not be seen
     */
    Timeline finish(Instant begun, long recordedFrom, List<String> notes) {
        long from = first == Long.MAX_VALUE ? recordedFrom : first;
        return new Timeline(
                begun.plusNanos(from - recordedFrom),
                from,
                Math.max(from, last),
                calls.stream().map(vcpu -> lives.get(vcpu.thread()).finish()).toList(),
                operations,
                losses,
                notes);
    }
}
