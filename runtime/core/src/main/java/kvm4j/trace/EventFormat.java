package kvm4j.trace;

import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How the kernel lays out an event: the file {@code format} in the event's folder of tracefs
 * (Documentation/trace/events.rst, "Event formats"). Kernels differ in it, and so do architectures.
 *
 * @param name the event's name, such as {@code kvm_exit}
 * @param id the number that its records begin with
 * @param fields by name
 */
record EventFormat(String name, int id, Map<String, EventField> fields) {

    /** The field of two bytes that every record begins with. */
    static final EventField TYPE = new EventField("common_type", 0, 2, false);

    private static final Pattern NAME = Pattern.compile("(?m)^name: *(\\S+)");
    private static final Pattern ID = Pattern.compile("(?m)^ID: *(\\d{1,9})\\s*$");
    private static final Pattern FIELD =
            Pattern.compile(
                    "field:[^;]*?(\\w+)(?:\\[[^;\\]]*])?;\\s*offset:(\\d{1,5});\\s*size:(\\d{1,5});"
                            + "(?:\\s*signed:(\\d);)?");

    EventFormat {
        fields = Map.copyOf(fields);
    }

    /**
     * Reads a format.
     *
     * @param text the file's text
     * @return the format with all fields that can be understood; empty without a name or number
     */
    static Optional<EventFormat> parse(String text) {
        Matcher name = NAME.matcher(text);
        Matcher id = ID.matcher(text);
        if (!name.find() || !id.find()) {
            return Optional.empty();
        }
        return Optional.of(
                new EventFormat(name.group(1), Integer.parseInt(id.group(1)), fields(text)));
    }

    /**
     * Reads fields alone, as the files {@code header_page} and {@code header_event} have them.
     *
     * @param text the file's text
     * @return the fields by name
     */
    static Map<String, EventField> fields(String text) {
        Map<String, EventField> fields = new HashMap<>();
        Matcher field = FIELD.matcher(text);
        while (field.find()) {
            fields.put(
                    field.group(1),
                    new EventField(
                            field.group(1),
                            Integer.parseInt(field.group(2)),
                            Integer.parseInt(field.group(3)),
                            "1".equals(field.group(4))));
        }
        return fields;
    }

    /**
     * A field's number in a record.
     *
     * @param field the field's name
     * @param record the record's bytes
     * @param absent what to answer where there is no such field
     */
    long read(String field, MemorySegment record, long absent) {
        EventField found = fields.get(field);
        return found == null ? absent : found.read(record, absent);
    }
}
