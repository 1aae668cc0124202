package kvm4j.trace.jfr;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** {@code kvm4j.MachineStart}: A machine has been started. */
@Name("kvm4j.MachineStart")
@Label("Machine Start")
@Category("kvm4j")
@Description("A machine has been started.")
@Enabled(false)
@StackTrace(false)
final class MachineStartEvent extends Event {

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
}
