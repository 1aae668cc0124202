package kvm4j.trace;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * What was seen of a machine.
 *
 * @param begun when the first of it was seen, by the calendar
 * @param from the same, in nanoseconds of {@link System#nanoTime}
 * @param to when the last of it was seen
 * @param vcpus its vCPUs, by their number
 * @param operations what the vendor module did, in order
 * @param losses where events are missing
 * @param notes what could not be seen, and what can be done about it
 */
public record Timeline(
        Instant begun,
        long from,
        long to,
        List<VcpuTimeline> vcpus,
        List<HostOperation> operations,
        List<Loss> losses,
        List<String> notes) {

    /** Takes copies of the lists. */
    public Timeline {
        vcpus = List.copyOf(vcpus);
        operations = List.copyOf(operations);
        losses = List.copyOf(losses);
        notes = List.copyOf(notes);
    }

    /** Whether user space got exits of which the kernel's trace knows none. */
    boolean lacksTheKernelsSide() {
        return vcpus.stream().mapToLong(VcpuTimeline::received).sum() > 0
                && vcpus.stream().mapToLong(VcpuTimeline::forwarded).sum() == 0;
    }

    Timeline withNote(String note) {
        List<String> all = new ArrayList<>(notes);
        all.add(note);
        return new Timeline(begun, from, to, vcpus, operations, losses, all);
    }
}
