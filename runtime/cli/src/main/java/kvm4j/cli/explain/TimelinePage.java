package kvm4j.cli.explain;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.zip.GZIPOutputStream;

/**
 * The time line as a page that needs nothing else: a template with the {@linkplain TraceDocument
 * document} in it, compressed.
 */
public final class TimelinePage {

    private static final String TEMPLATE = "timeline.html";
    private static final String TITLE = "@TITLE@";
    private static final String TRACE = "@TRACE@";

    private TimelinePage() {}

    /**
     * Writes the page.
     *
     * @param explained what was recorded
     * @param out where to; not closed
     * @throws IOException if that fails
     */
    public static void write(Explained explained, OutputStream out) throws IOException {
        String template = template().replace(TITLE, escaped(explained.image()));
        int place = template.indexOf(TRACE);
        out.write(template.substring(0, place).getBytes(StandardCharsets.UTF_8));
        try (OutputStream base64 = Base64.getEncoder().wrap(new KeptOpen(out));
                OutputStream compressed = new GZIPOutputStream(base64)) {
            TraceDocument.write(explained, compressed);
        }
        out.write(template.substring(place + TRACE.length()).getBytes(StandardCharsets.UTF_8));
        out.flush();
    }

    private static String template() throws IOException {
        try (InputStream in = TimelinePage.class.getResourceAsStream(TEMPLATE)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }
}
