package kvm4j.trace.jfr;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

/** {@code kvm4j.Kick}: A vCPU was taken out of the guest by another thread. */
@Name("kvm4j.Kick")
@Label("vCPU Kick")
@Category("kvm4j")
@Description("A vCPU was taken out of the guest by another thread.")
@Enabled(false)
@StackTrace(false)
final class KickEvent extends Event {

    @MachineNumber
    @Label("Machine")
    long machine;

    @Label("vCPU")
    int vcpu;

    @Label("Reason")
    @Description("What for, as the first said who asked")
    String reason;

    @Label("Asked By")
    Thread asker;

    @Label("Latency")
    @Description("From the question until the vCPU was outside")
    @Timespan
    long latency;

    @Label("Signals")
    @Description("How many were sent for that")
    int signals;
}
