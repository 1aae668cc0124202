package kvm4j.cli.doctor;

import java.util.Comparator;
import java.util.List;

/**
 * All that was found out about a host.
 *
 * @param schema the version of this record's form, which rises when a part changes its meaning
 * @param version of kvm4j
 * @param ready whether guests can run
 * @param permitted whether this user may use the KVM device, or there is none to ask
 * @param verdict that in words
 * @param findings what was looked at, by topic
 * @param capabilities what KVM can do; none if it cannot be opened
 * @param registers what the processor's virtualization can do; none if the host does not tell
 */
public record Report(
        int schema,
        String version,
        boolean ready,
        boolean permitted,
        String verdict,
        List<Finding> findings,
        List<CapabilityAnswer> capabilities,
        List<FeatureRegister> registers) {

    private static final int SCHEMA = 1;

    static Report of(
            String version,
            boolean permitted,
            List<Finding> findings,
            List<CapabilityAnswer> capabilities,
            List<FeatureRegister> registers) {
        List<Finding> sorted =
                findings.stream().sorted(Comparator.comparing(Finding::topic)).toList();
        List<Finding> failures =
                sorted.stream().filter(finding -> finding.level() == Level.FAILURE).toList();
        return new Report(
                SCHEMA,
                version,
                failures.isEmpty(),
                permitted,
                failures.isEmpty()
                        ? "this host runs guests"
                        : "this host cannot run guests: " + failures.getFirst().value(),
                sorted,
                List.copyOf(capabilities),
                List.copyOf(registers));
    }
}
