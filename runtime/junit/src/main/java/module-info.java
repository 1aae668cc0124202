/** A JUnit extension that runs guests as tests. */
module kvm4j.junit {
    requires transitive kvm4j.testing;
    requires transitive org.junit.jupiter.api;

    exports kvm4j.junit;

    opens kvm4j.junit to
            org.junit.platform.commons;
}
