package kvm4j.cli.doctor;

import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

import java.io.PrintWriter;

/** Writes a report for programs. */
public final class JsonReport {

    private JsonReport() {}

    /**
     * Writes it as one JSON object.
     *
     * @param report what to write
     * @param out where to
     */
    public static void write(Report report, PrintWriter out) {
        JsonMapper mapper = JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();
        out.println(mapper.writeValueAsString(report));
    }
}
