package kvm4j.benchmarks.history;

import kvm4j.text.Printable;

import tools.jackson.core.JacksonException;
import tools.jackson.core.exc.StreamReadException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.exc.ValueInstantiationException;
import tools.jackson.databind.json.JsonMapper;

import java.nio.charset.StandardCharsets;
import java.util.Objects;

/** A line of a history. */
public sealed interface Line {

    /**
     * An accepted result.
     *
     * @param result the result
     */
    record Result(Accepted result) implements Line {}

    /**
     * A line that a later version of kvm4j wrote.
     *
     * @param number the line's number, from 1
     * @param format its layout's version
     */
    record Newer(int number, int format) implements Line {

        @Override
        public String toString() {
            return "line %d has format %d, of a newer kvm4j".formatted(number, format);
        }
    }

    /**
     * A line that is no accepted result.
     *
     * @param number the line's number, from 1
     * @param reason what it is, or lacks, in one line
     */
    record Damaged(int number, String reason) implements Line {

        @Override
        public String toString() {
            return "line %d is no accepted result: %s".formatted(number, reason);
        }
    }

    /**
     * Reads a line.
     *
     * @param number its number, from 1
     * @param text its UTF-8 bytes without the line end
     * @return what it is
     */
    static Line parse(int number, byte[] text) {
        try {
            JsonNode tree = JsonMapper.shared().readTree(text);
            JsonNode format = tree.path("format");
            if (!format.canConvertToInt()) {
                return new Damaged(number, "it names no format");
            }
            if (format.asInt() > Accepted.FORMAT) {
                return new Newer(number, format.asInt());
            }
            if (format.asInt() < 1) {
                return new Damaged(number, "there is no format " + format.asInt());
            }
            return new Result(JsonMapper.shared().treeToValue(tree, Accepted.class));
        } catch (JacksonException e) {
            return new Damaged(number, inOneLine(reason(e)));
        }
    }

    private static String reason(JacksonException e) {
        return switch (e) {
            case StreamReadException _ -> "it is not JSON";
            case ValueInstantiationException refused when refused.getCause() != null ->
                    Objects.toString(refused.getCause().getMessage(), "it lacks something");
            default -> e.getOriginalMessage();
        };
    }

    private static String inOneLine(String message) {
        String first = Printable.of(message.lines().findFirst().orElse(""));
        return first.codePoints()
                .limit(200)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }

    /**
     * An accepted result as a line.
     *
     * @param accepted the result
     * @return its UTF-8 bytes with a line end
     */
    static byte[] format(Accepted accepted) {
        String text = JsonMapper.shared().writeValueAsString(accepted) + "\n";
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
