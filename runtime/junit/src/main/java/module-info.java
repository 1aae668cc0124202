/** A JUnit extension that runs guests as tests. */
module kvm4j.junit {
    requires transitive kvm4j.testing;
    requires transitive org.junit.jupiter.api;
    requires static org.assertj.core; // transitive, it would bind those who do not have it

    exports kvm4j.junit;
    exports kvm4j.junit.assertj;

    opens kvm4j.junit to
            org.junit.platform.commons;
}
