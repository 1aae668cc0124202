package kvm4j.cli.explain;

import kvm4j.cli.doctor.HostFacts;
import kvm4j.trace.Timeline;

import java.util.Map;
import java.util.Optional;

/**
 * A guest that was recorded.
 *
 * @param image what the user called it
 * @param command how it was run
 * @param host what it ran on
 * @param timeline what was seen
 * @param counted what KVM counted, by the names of its statistics; empty where it does not count
 * @param cost what the recording adds to an exit, in nanoseconds, if that was measured
 */
public record Explained(
        String image,
        String command,
        HostFacts host,
        Timeline timeline,
        Map<String, Long> counted,
        Optional<TracingCost> cost) {}
