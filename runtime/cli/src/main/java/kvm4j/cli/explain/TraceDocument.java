package kvm4j.cli.explain;

import kvm4j.kvm.ExitReason;
import kvm4j.trace.Absence;
import kvm4j.trace.HostOperation;
import kvm4j.trace.Loss;
import kvm4j.trace.Mark;
import kvm4j.trace.Moment;
import kvm4j.trace.Rounds;
import kvm4j.trace.Timeline;
import kvm4j.trace.VcpuTimeline;
import kvm4j.x86.HardwareExit;

import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.json.JsonMapper;

import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntToLongFunction;
import java.util.function.ToLongFunction;

/**
 * All that was seen of a guest as one JSON object, in columns: what {@code --json} writes, and what
 * the page draws. Times are nanoseconds since the recording began, -1 for one that nobody saw; what
 * repeats is an index into {@code reasons}, {@code userReasons}, {@code values}, {@code details} or
 * {@code markKinds}, -1 for none.
 */
public final class TraceDocument {

    private static final List<String> RETURNS =
            Arrays.stream(ExitReason.values()).map(Enum::name).toList();

    private final Explained explained;
    private final Timeline timeline;
    private final Map<HardwareExit, Integer> reasons = new LinkedHashMap<>();
    private final Map<Long, Integer> values = new LinkedHashMap<>();
    private final Map<String, Integer> details = new LinkedHashMap<>();

    private TraceDocument(Explained explained) {
        this.explained = explained;
        this.timeline = explained.timeline();
        for (VcpuTimeline vcpu : timeline.vcpus()) {
            Rounds rounds = vcpu.rounds();
            rounds.reasons().forEach(reason -> reasons.putIfAbsent(reason, reasons.size()));
            for (int round = 0; round < rounds.count(); round++) {
                value(rounds.rip(round));
                value(rounds.information(round));
                value(rounds.moreInformation(round));
                detail(rounds, round);
            }
        }
    }

    /** What the hardware says about an exit besides, in words; -1 if it says nothing. */
    private int detail(Rounds rounds, int round) {
        return rounds.reason(round)
                .map(
                        reason ->
                                reason.describe(
                                        rounds.information(round), rounds.moreInformation(round)))
                .filter(words -> !words.isEmpty())
                .map(words -> details.computeIfAbsent(words, _ -> details.size()))
                .orElse(-1);
    }

    private int value(long value) {
        return values.computeIfAbsent(value, _ -> values.size());
    }

    /**
     * Writes the object.
     *
     * @param explained what was recorded
     * @param out where to; not closed
     * @throws tools.jackson.core.JacksonException if that fails
     */
    public static void write(Explained explained, OutputStream out) {
        JsonMapper mapper = new JsonMapper();
        try (JsonGenerator json = mapper.createGenerator(new KeptOpen(out))) {
            new TraceDocument(explained).write(json);
        }
    }

    private void write(JsonGenerator json) {
        json.writeStartObject();
        json.writeNumberProperty("version", 1);
        json.writeStringProperty("title", explained.image());
        json.writeStringProperty("command", explained.command());
        json.writeStringProperty("began", timeline.begun().toString());
        json.writeNumberProperty("duration", timeline.to() - timeline.from());
        writeHost(json);
        texts(json, "notes", timeline.notes());
        writeReasons(json);
        texts(json, "userReasons", RETURNS);
        texts(json, "values", values.keySet().stream().map("0x%x"::formatted).toList());
        texts(json, "details", List.copyOf(details.keySet()));
        texts(json, "markKinds", Arrays.stream(Mark.values()).map(Mark::title).toList());
        json.writeArrayPropertyStart("vcpus");
        timeline.vcpus().forEach(vcpu -> write(json, vcpu));
        json.writeEndArray();
        json.writeArrayPropertyStart("operations");
        timeline.operations().forEach(operation -> write(json, operation));
        json.writeEndArray();
        json.writeArrayPropertyStart("lost");
        timeline.losses().forEach(loss -> write(json, loss));
        json.writeEndArray();
        json.writeEndObject();
    }

    private void writeHost(JsonGenerator json) {
        json.writeArrayPropertyStart("host");
        row(json, "kernel", explained.host().kernel());
        row(json, "module", explained.host().module());
        row(json, "processor", explained.host().processor());
        explained
                .cost()
                .ifPresent(cost -> row(json, "cost of watching", "adds " + cost.describe()));
        json.writeEndArray();
    }

    private static void row(JsonGenerator json, String name, String value) {
        json.writeStartArray();
        json.writeString(name);
        json.writeString(value);
        json.writeEndArray();
    }

    private void writeReasons(JsonGenerator json) {
        json.writeArrayPropertyStart("reasons");
        for (HardwareExit reason : reasons.keySet()) {
            json.writeStartObject();
            json.writeStringProperty("name", reason.name());
            json.writeNumberProperty("code", reason.code());
            json.writeStringProperty("meaning", reason.meaning());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private void write(JsonGenerator json, VcpuTimeline vcpu) {
        json.writeStartObject();
        json.writeNumberProperty("id", vcpu.vcpu());
        json.writeNumberProperty("thread", vcpu.thread().id());
        json.writeNumberProperty("first", since(vcpu.from()));
        json.writeNumberProperty("last", since(vcpu.to()));
        json.writeObjectPropertyStart("rounds");
        Rounds rounds = vcpu.rounds();
        column(json, "enter", rounds, round -> since(rounds.entry(round)));
        column(json, "exit", rounds, round -> since(rounds.exit(round)));
        column(json, "cpu", rounds, rounds::hostCpu);
        column(json, "reason", rounds, round -> rounds.reason(round).map(reasons::get).orElse(-1));
        column(json, "rip", rounds, round -> value(rounds.rip(round)));
        column(json, "info1", rounds, round -> value(rounds.information(round)));
        column(json, "info2", rounds, round -> value(rounds.moreInformation(round)));
        column(json, "detail", rounds, round -> detail(rounds, round));
        column(json, "handed", rounds, round -> since(rounds.handedOver(round)));
        column(json, "back", rounds, round -> since(rounds.calledAgain(round)));
        column(json, "user", rounds, round -> rounds.returned(round).map(Enum::ordinal).orElse(-1));
        json.writeEndObject();
        writeAbsences(json, vcpu.absences());
        writeMoments(json, vcpu.moments());
        json.writeEndObject();
    }

    private long since(long time) {
        return time == Rounds.UNSEEN ? -1 : time - timeline.from();
    }

    private static void column(
            JsonGenerator json, String name, Rounds rounds, IntToLongFunction value) {
        json.writeArrayPropertyStart(name);
        for (int round = 0; round < rounds.count(); round++) {
            json.writeNumber(value.applyAsLong(round));
        }
        json.writeEndArray();
    }

    private void writeAbsences(JsonGenerator json, List<Absence> absences) {
        json.writeObjectPropertyStart("away");
        numbers(json, "from", absences, absence -> since(absence.from()));
        numbers(json, "to", absences, absence -> since(absence.to()));
        List<String> why = new ArrayList<>();
        absences.forEach(absence -> why.add(absence.preempted() ? "preempted" : "waiting"));
        texts(json, "why", why);
        json.writeEndObject();
    }

    private void writeMoments(JsonGenerator json, List<Moment> moments) {
        json.writeObjectPropertyStart("marks");
        numbers(json, "at", moments, moment -> since(moment.time()));
        numbers(json, "kind", moments, moment -> moment.mark().ordinal());
        texts(json, "text", moments.stream().map(Moment::detail).toList());
        json.writeEndObject();
    }

    private void write(JsonGenerator json, HostOperation operation) {
        json.writeStartObject();
        json.writeNumberProperty("at", since(operation.time()));
        json.writeNumberProperty("cpu", operation.hostCpu());
        json.writeStringProperty("name", operation.name());
        json.writeStringProperty("detail", operation.function());
        json.writeEndObject();
    }

    private void write(JsonGenerator json, Loss loss) {
        json.writeStartObject();
        json.writeNumberProperty("at", since(loss.time()));
        json.writeNumberProperty("cpu", loss.hostCpu());
        json.writeNumberProperty("events", loss.events());
        json.writeEndObject();
    }

    private static void texts(JsonGenerator json, String name, List<String> texts) {
        json.writeArrayPropertyStart(name);
        texts.forEach(json::writeString);
        json.writeEndArray();
    }

    private static <T> void numbers(
            JsonGenerator json, String name, List<T> rows, ToLongFunction<T> value) {
        json.writeArrayPropertyStart(name);
        rows.forEach(row -> json.writeNumber(value.applyAsLong(row)));
        json.writeEndArray();
    }
}
