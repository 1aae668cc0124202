package kvm4j.trace.jfr;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.MemoryAddress;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** {@code kvm4j.MessageInterrupt}: A device or an I/O APIC sent an interrupt as a message. */
@Name("kvm4j.MessageInterrupt")
@Label("Message-Signalled Interrupt")
@Category("kvm4j")
@Description("A device or an I/O APIC sent an interrupt as a message.")
@Enabled(false)
@StackTrace(false)
final class MessageInterruptEvent extends Event {

    @MachineNumber
    @Label("Machine")
    long machine;

    @Label("Address")
    @MemoryAddress
    long address;

    @Label("Data")
    @MemoryAddress
    int data;

    @Label("Vector")
    int vector;

    @Label("Delivery")
    @Description("What became of it")
    String delivery;
}
