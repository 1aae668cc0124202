package kvm4j.testing;

import java.util.List;

/**
 * All that helps to find out why a guest failed. Of what it printed nothing is left that would
 * command a terminal.
 *
 * @param guest what reports call it
 * @param end how it ended
 * @param repeatCommand the command that runs it by hand, as a shell takes it
 * @param printed what it printed, by channel
 * @param processors registers and the code at RIP; nothing if it did not start
 * @param exits the last exits; nothing if it did not start
 */
public record FailureReport(
        String guest,
        String end,
        String repeatCommand,
        List<Printed> printed,
        String processors,
        String exits) {

    /**
     * What a guest printed on one channel.
     *
     * @param channel where
     * @param bytes how much it was
     * @param whole whether it is all here
     * @param text all of it, or its end, in lines
     */
    public record Printed(Channel channel, long bytes, boolean whole, String text) {

        /** How much of a channel a report has, in characters. */
        private static final int MOST = 16_384;

        static Printed of(Channel channel, Transcript transcript) {
            String text = ReadableText.of(transcript.text());
            return new Printed(
                            channel,
                            transcript.total(),
                            true,
                            text.isEmpty() || text.endsWith("\n") ? text : text + "\n")
                    .end(MOST);
        }

        /**
         * The end of it, from the start of a line.
         *
         * @param most how many characters at most
         * @return the end
         */
        public Printed end(int most) {
            String end = ReadableText.tail(text, most);
            return new Printed(channel, bytes, whole && end.length() == text.length(), end);
        }

        /** {@return the channel, how much was printed there, and whether it is all here} */
        public String title() {
            return channel + ", " + bytes + " bytes" + (whole ? "" : ", the end of them");
        }
    }

    /** Copies the list. */
    public FailureReport {
        printed = List.copyOf(printed);
    }

    /**
     * Of a guest that did not start.
     *
     * @param guest what reports call it
     * @param reason why not
     * @param repeatCommand the command that runs it by hand; empty if there is none
     * @return the report
     */
    public static FailureReport notStarted(String guest, String reason, String repeatCommand) {
        return new FailureReport(guest, reason, repeatCommand, List.of(), "", "");
    }

    /** {@return which guest it was, how it ended, and how it is run again: three lines} */
    public String summary() {
        return "guest: " + guest + "\nend: " + end + "\nrepeat: " + repeatCommand + "\n";
    }

    /** {@return all of it, in lines} */
    public String text() {
        StringBuilder text = new StringBuilder(summary());
        for (Printed one : printed) {
            append(text, one.title(), one.text());
        }
        if (!processors.isEmpty()) {
            append(text, "processors", processors);
            append(text, "last exits", exits);
        }
        return text.toString();
    }

    private static void append(StringBuilder text, String title, String part) {
        text.append("--- ").append(title).append(" ---\n").append(part);
    }
}
