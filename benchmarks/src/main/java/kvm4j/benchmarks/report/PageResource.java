package kvm4j.benchmarks.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** The parts that pages are made of. */
final class PageResource {

    private PageResource() {}

    /** The text of a part, such as {@code report.css}. */
    static String text(String name) {
        try (InputStream resource = PageResource.class.getResourceAsStream(name)) {
            return new String(resource.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the page's part " + name, e);
        }
    }
}
