/** The command line. */
module kvm4j.cli {
    requires com.fasterxml.jackson.annotation;
    requires info.picocli;
    requires jdk.jfr;
    requires jdk.unsupported;
    requires kvm4j.core;
    requires kvm4j.guests;
    requires kvm4j.testing;
    requires tools.jackson.core;
    requires tools.jackson.databind;

    opens kvm4j.cli.doctor to
            tools.jackson.databind;
}
