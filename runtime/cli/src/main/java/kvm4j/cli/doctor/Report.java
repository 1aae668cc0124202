package kvm4j.cli.doctor;

import java.util.Comparator;
import java.util.List;

/**
 * All that was found out about a host.
 *
 * @param ready whether guests can run
 * @param verdict that in words
 * @param findings what was looked at, by topic
 * @param capabilities what KVM can do; none if it cannot be opened
 * @param registers what the processor's virtualization can do; none if the host does not tell
 */
public record Report(
        boolean ready,
        String verdict,
        List<Finding> findings,
        List<CapabilityAnswer> capabilities,
        List<FeatureRegister> registers) {

    static Report of(
            List<Finding> findings,
            List<CapabilityAnswer> capabilities,
            List<FeatureRegister> registers) {
        List<Finding> sorted =
                findings.stream().sorted(Comparator.comparing(Finding::topic)).toList();
        List<Finding> failures =
                sorted.stream().filter(finding -> finding.level() == Level.FAILURE).toList();
        return new Report(
                failures.isEmpty(),
                failures.isEmpty()
                        ? "this host runs guests"
                        : "this host cannot run guests: " + failures.getFirst().value(),
                sorted,
                List.copyOf(capabilities),
                List.copyOf(registers));
    }
}
