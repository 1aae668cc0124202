package kvm4j.trace.jfr;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** {@code kvm4j.InterruptLine}: A device set the level of an interrupt line. */
@Name("kvm4j.InterruptLine")
@Label("Interrupt Line")
@Category("kvm4j")
@Description("A device set the level of an interrupt line.")
@Enabled(false)
@StackTrace(false)
final class InterruptLineEvent extends Event {

    @MachineNumber
    @Label("Machine")
    long machine;

    @Label("GSI")
    int gsi;

    @Label("Level")
    @Description("Whether the device asks for an interrupt")
    boolean high;
}
