package kvm4j.cli.explain;

import kvm4j.trace.Absence;
import kvm4j.trace.HostOperation;
import kvm4j.trace.Moment;
import kvm4j.trace.Rounds;
import kvm4j.trace.Timeline;
import kvm4j.trace.VcpuTimeline;
import kvm4j.x86.HardwareExit;

import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.json.JsonMapper;

import java.io.OutputStream;
import java.math.BigDecimal;
import java.util.Map;
import java.util.TreeMap;

/**
 * The time line as Chrome's trace viewer and Perfetto read it: the Trace Event Format's JSON
 * object, with complete events (X) for stays in either world and instant ones (i) for what has no
 * length.
 */
public final class ChromeTrace {

    /** Tracks of a vCPU: the numbers that the format gives to threads. */
    private enum Track {
        NON_ROOT("non-root"),
        ROOT("root"),
        MOMENTS("moments"),
        AWAY("without a CPU");

        private final String title;

        Track(String title) {
            this.title = title;
        }

        private int number(VcpuTimeline vcpu) {
            return vcpu.vcpu() * values().length + ordinal() + 1;
        }
    }

    private static final int GUEST = 1;
    private static final int HOST = 2;

    private final Timeline timeline;
    private final JsonGenerator json;

    private ChromeTrace(Timeline timeline, JsonGenerator json) {
        this.timeline = timeline;
        this.json = json;
    }

    /**
     * Writes the object.
     *
     * @param explained what was recorded
     * @param out where to; not closed
     * @throws tools.jackson.core.JacksonException if that fails
     */
    public static void write(Explained explained, OutputStream out) {
        try (JsonGenerator json = new JsonMapper().createGenerator(new KeptOpen(out))) {
            new ChromeTrace(explained.timeline(), json).write(explained);
        }
    }

    private void write(Explained explained) {
        json.writeStartObject();
        json.writeStringProperty("displayTimeUnit", "ns");
        json.writeArrayPropertyStart("traceEvents");
        name("process_name", GUEST, 0, explained.image());
        name("process_name", HOST, 0, "host's processors");
        timeline.vcpus().forEach(this::write);
        timeline.operations().forEach(this::write);
        json.writeEndArray();
        json.writeEndObject();
    }

    private void write(VcpuTimeline vcpu) {
        for (Track track : Track.values()) {
            String title = "vCPU " + vcpu.vcpu() + " " + track.title;
            name("thread_name", GUEST, track.number(vcpu), title);
        }
        Rounds rounds = vcpu.rounds();
        long before = Rounds.UNSEEN;
        HardwareExit reason = null;
        for (int round = 0; round < rounds.count(); round++) {
            long entry = rounds.entry(round);
            long exit = rounds.exit(round);
            if (reason != null) {
                span(reason.name(), Track.ROOT.number(vcpu), before, entry, Map.of());
            }
            span("guest", Track.NON_ROOT.number(vcpu), entry, exit, arguments(rounds, round));
            span(
                    "user space",
                    Track.ROOT.number(vcpu),
                    rounds.handedOver(round),
                    rounds.calledAgain(round),
                    Map.of("exit", rounds.returned(round).map(Enum::name).orElse("")));
            before = exit;
            reason = rounds.reason(round).orElse(null);
        }
        for (Absence absence : vcpu.absences()) {
            span(
                    absence.preempted() ? "pre-empted" : "waiting",
                    Track.AWAY.number(vcpu),
                    absence.from(),
                    absence.to(),
                    Map.of());
        }
        for (Moment moment : vcpu.moments()) {
            instant(
                    moment.mark().title(),
                    GUEST,
                    Track.MOMENTS.number(vcpu),
                    moment.time(),
                    moment.detail());
        }
    }

    private static Map<String, String> arguments(Rounds rounds, int round) {
        Map<String, String> arguments = new TreeMap<>();
        arguments.put("rip", "0x%x".formatted(rounds.rip(round)));
        rounds.reason(round)
                .ifPresent(
                        reason -> {
                            arguments.put("exit", reason.name());
                            arguments.put(
                                    "detail",
                                    reason.describe(
                                            rounds.information(round),
                                            rounds.moreInformation(round)));
                        });
        return arguments;
    }

    private void write(HostOperation operation) {
        instant(
                operation.name(),
                HOST,
                operation.hostCpu() + 1,
                operation.time(),
                operation.function());
    }

    private void span(String name, int track, long from, long to, Map<String, String> arguments) {
        if (from == Rounds.UNSEEN || to < from) {
            return;
        }
        begin(name, "X", GUEST, track, from);
        json.writeNumberProperty("dur", microseconds(to - from));
        if (!arguments.isEmpty()) {
            json.writeObjectPropertyStart("args");
            arguments.forEach(json::writeStringProperty);
            json.writeEndObject();
        }
        json.writeEndObject();
    }

    private void instant(String name, int process, int track, long time, String detail) {
        begin(name, "i", process, track, time);
        json.writeStringProperty("s", "t");
        json.writeObjectPropertyStart("args");
        json.writeStringProperty("detail", detail);
        json.writeEndObject();
        json.writeEndObject();
    }

    private void begin(String name, String phase, int process, int track, long time) {
        json.writeStartObject();
        json.writeStringProperty("name", name);
        json.writeStringProperty("ph", phase);
        json.writeNumberProperty("pid", process);
        json.writeNumberProperty("tid", track);
        json.writeNumberProperty("ts", microseconds(time - timeline.from()));
    }

    private void name(String what, int process, int track, String name) {
        begin(what, "M", process, track, timeline.from());
        json.writeObjectPropertyStart("args");
        json.writeStringProperty("name", name);
        json.writeEndObject();
        json.writeEndObject();
    }

    private static BigDecimal microseconds(long nanoseconds) {
        return BigDecimal.valueOf(nanoseconds, 3);
    }
}
