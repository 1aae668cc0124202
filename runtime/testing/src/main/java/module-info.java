/**
 * Guests as tests: how one is run, what it reported, and why it failed. Knows no test framework.
 */
module kvm4j.testing {
    requires transitive kvm4j.core;
    requires transitive kvm4j.guests;
    requires java.xml;
    requires tools.jackson.databind;
    requires tools.jackson.dataformat.toml;

    exports kvm4j.testing;
    exports kvm4j.testing.cpu;
    exports kvm4j.testing.fuzz;
    exports kvm4j.testing.suite;
    exports kvm4j.testing.verdict;
}
