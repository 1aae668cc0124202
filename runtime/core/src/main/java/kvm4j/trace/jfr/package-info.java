/**
 * A machine's exits, kicks, interrupts and life as events of JDK Flight Recorder, beside the JVM's
 * own: for JDK Mission Control, {@code jfr print} and {@link jdk.jfr.consumer}.
 *
 * <p>Nothing is recorded unless two things are asked for: the machine is built with {@link
 * kvm4j.trace.jfr.MachineEvents}, and a recording enables the events, which are off by default,
 * also in the settings that the JDK brings along.
 *
 * {@snippet :
 * try (jdk.jfr.Recording recording = new jdk.jfr.Recording()) {
 *     MachineEvents.names().forEach(recording::enable);
 *     recording.start();
 *     try (Machine machine = Machine.builder()
 *             .image(ImageFormat.of(bytes).read(bytes))
 *             .machineObserver(MachineEvents::new)
 *             .build()) {
 *         machine.run();
 *     }
 *     recording.stop();
 *     recording.dump(java.nio.file.Path.of("guest.jfr"));
 * }
 * }
 *
 * <p>The events are read back with the JDK's own classes, or shown by {@code jfr print --categories
 * kvm4j guest.jfr}:
 *
 * {@snippet :
 * for (jdk.jfr.consumer.RecordedEvent exit :
 *         jdk.jfr.consumer.RecordingFile.readAllEvents(java.nio.file.Path.of("guest.jfr"))) {
 *     if (exit.getEventType().getName().equals("kvm4j.Exit")) {
 *         console.print(exit.getString("reason") + " took " + exit.getDuration());
 *     }
 * }
 * }
 *
 * <p>All events have the number of their machine in this process, {@code machine}, from 1.
 *
 * <table>
 * <caption>The events</caption>
 * <tr><th>name<th>what happened<th>with
 * <tr><td>{@code kvm4j.Exit}<td>an exit was handled, which took so long: from the return of {@code
 * KVM_RUN} until the guest may go on, without the time for which it is held then
 * <td>{@code vcpu}, {@code reason}; for port and memory-mapped I/O and MSRs {@code direction},
 * {@code address} (the port, the GPA, the MSR), {@code size} of one access in bytes, and {@code
 * count}
 * <tr><td>{@code kvm4j.Kick}<td>a vCPU was taken out of the guest
 * <td>{@code vcpu}, {@code reason} ({@link kvm4j.machine.Kick.Reason}), {@code asker}, {@code
 * latency}, {@code signals}
 * <tr><td>{@code kvm4j.InterruptLine}<td>a device set the level of a line<td>{@code gsi}, {@code
 * high}
 * <tr><td>{@code kvm4j.MessageInterrupt}<td>an interrupt was sent as a message
 * <td>{@code address}, {@code data}, {@code vector}, {@code delivery}
 * <tr><td>{@code kvm4j.MachineStart}<td>a machine has been started<td>{@code memory} in bytes,
 * {@code processors}, {@code irqchip}
 * <tr><td>{@code kvm4j.Machine}<td>a machine has ended, having run for so long
 * <td>as its start, {@code outcome} (the name of the {@link kvm4j.machine.Outcome}) and {@code
 * description}
 * </table>
 *
 * <p>Interrupts that the kernel raises by itself, of its own timers and of events (KVM_IRQFD), pass
 * no user space and make no event here; nor do exits that the kernel handles. An exit has no RIP:
 * to read it is a system call of its own.
 *
 * <p>What it costs: a machine without {@link kvm4j.trace.jfr.MachineEvents}, and one that was built
 * while {@code kvm4j.Exit} was not enabled, handle exits as if there were no such thing. An exit
 * that is recorded allocates nothing; its event takes some 25 bytes. A Java runtime without the
 * module {@code jdk.jfr} runs machines like any other, without this package; on the module path the
 * application has to require {@code jdk.jfr}, or be started with {@code --add-modules jdk.jfr}.
 */
package kvm4j.trace.jfr;
