package kvm4j.trace.jfr;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.MemoryAddress;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/**
 * {@code kvm4j.Exit}: An exit was handled by user space, from KVM_RUN's return until the guest may
 * go on.
 */
@Name("kvm4j.Exit")
@Label("VM Exit")
@Category("kvm4j")
@Description("An exit was handled by user space, from KVM_RUN's return until the guest may go on.")
@Enabled(false)
@StackTrace(false)
final class ExitEvent extends Event {

    @MachineNumber
    @Label("Machine")
    long machine;

    @Label("vCPU")
    int vcpu;

    @Label("Exit Reason")
    @Description("KVM_EXIT_* without its prefix")
    String reason;

    @Label("Direction")
    @Description("Which way the data goes, as the guest sees it: in or out")
    String direction;

    @Label("Address")
    @Description("The port, the guest-physical address, or the number of the MSR")
    @MemoryAddress
    long address;

    @Label("Size")
    @Description("Of one access")
    @DataAmount
    int size;

    @Label("Count")
    @Description("How many accesses the instruction makes")
    int count;
}
