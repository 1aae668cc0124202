package kvm4j.benchmarks.report;

import tools.jackson.databind.json.JsonMapper;

/**
 * A page that needs nothing but itself: style, charts and data are inside. Its parts are the
 * resources {@code NAME.html} and {@code NAME.js}, and what all pages have.
 *
 * @param name the name of its own parts
 * @param data what its script draws
 */
record DataPage(String name, Object data) {

    String html() {
        return PageResource.text(name + ".html")
                .replace("{{style}}", PageResource.text("report.css"))
                .replace("{{library}}", PageResource.text("d3.min.js"))
                .replace("{{drawing}}", PageResource.text("drawing.js"))
                .replace("{{script}}", PageResource.text(name + ".js"))
                .replace("{{data}}", json());
    }

    /** The data in a form that cannot end the element which it is put into. */
    private String json() {
        return JsonMapper.shared().writeValueAsString(data).replace("<", "\\u003c");
    }
}
