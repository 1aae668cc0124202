package kvm4j.cli.doctor;

import com.fasterxml.jackson.annotation.JsonInclude;

/**
 * One thing seen on the host.
 *
 * @param topic what it is about
 * @param subject its name within the topic, stable between versions
 * @param level how to take it
 * @param value what was seen
 * @param remedy what to do about it, or null if there is nothing to do
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record Finding(Topic topic, String subject, Level level, String value, String remedy) {

    static Finding ok(Topic topic, String subject, String value) {
        return new Finding(topic, subject, Level.OK, value, null);
    }

    static Finding note(Topic topic, String subject, String value) {
        return new Finding(topic, subject, Level.NOTE, value, null);
    }

    static Finding warning(Topic topic, String subject, String value, String remedy) {
        return new Finding(topic, subject, Level.WARNING, value, remedy);
    }

    static Finding failure(Topic topic, String subject, String value, String remedy) {
        return new Finding(topic, subject, Level.FAILURE, value, remedy);
    }
}
