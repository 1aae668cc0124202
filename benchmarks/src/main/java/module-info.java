/** The exit-latency lab: what a VM exit costs on a host, and what of it is Java's. */
@SuppressWarnings("requires-automatic") // HdrHistogram has no module descriptor
module kvm4j.benchmarks {
    requires static jdk.management; // for tests that ask what a thread allocated
    requires HdrHistogram;
    requires info.picocli;
    requires kvm4j.bindings;
    requires kvm4j.core;
    requires kvm4j.guests;
    requires org.apache.commons.statistics.descriptive;
    requires org.apache.commons.statistics.inference;
    requires tools.jackson.databind;

    exports kvm4j.benchmarks;

    opens kvm4j.benchmarks to
            info.picocli;
    opens kvm4j.benchmarks.history to
            tools.jackson.databind;
    opens kvm4j.benchmarks.report to
            tools.jackson.databind;
    opens kvm4j.benchmarks.result to
            tools.jackson.databind;
    opens kvm4j.benchmarks.statistics to
            tools.jackson.databind;
}
