package kvm4j.trace.jfr;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** {@code kvm4j.Machine}: A machine ran, from its start to its end. */
@Name("kvm4j.Machine")
@Label("Machine")
@Category("kvm4j")
@Description("A machine ran, from its start to its end.")
@Enabled(false)
@StackTrace(false)
final class MachineEvent extends Event {

    @MachineNumber
    @Label("Machine")
    long machine;

    @Label("Memory")
    @DataAmount
    long memory;

    @Label("vCPUs")
    int processors;

    @Label("Interrupt Controllers")
    @Description("Where they are: in the kernel, split, or none")
    String irqchip;

    @Label("Outcome")
    String outcome;

    @Label("Outcome in Words")
    String description;
}
