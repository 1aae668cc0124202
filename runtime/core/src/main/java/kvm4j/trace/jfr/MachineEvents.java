package kvm4j.trace.jfr;

import jdk.jfr.FlightRecorder;
import jdk.jfr.Name;

import kvm4j.kvm.Vcpu;
import kvm4j.kvm.irq.Irqchip;
import kvm4j.machine.ExitObserver;
import kvm4j.machine.Kick;
import kvm4j.machine.MachineObserver;
import kvm4j.machine.Outcome;
import kvm4j.snapshot.MachineState;
import kvm4j.x86.Msi;

import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Makes events of JDK Flight Recorder of what happens to one machine, as far as they are enabled;
 * the package tells which there are.
 *
 * {@snippet :
 * MachineBuilder builder = Machine.builder().machineObserver(MachineEvents::new);
 * }
 *
 * <p>Whether exits are recorded is decided when the machine is built: if {@code kvm4j.Exit} is not
 * enabled then, it never has to do with them. All other events follow the recordings as they come
 * and go. A JVM that records nothing pays for none of them, and does not start its recorder.
 */
public final class MachineEvents implements MachineObserver {

    private static final AtomicLong MACHINES = new AtomicLong();

    private final long machine = MACHINES.incrementAndGet();
    private volatile MachineState.Hardware hardware;
    private volatile int processors;

    /** Null if nothing was recorded when the machine started. */
    private volatile MachineEvent life;

    /** The events of a machine that is about to be built. */
    public MachineEvents() {}

    /**
     * The names of all events, to enable them by.
     *
     * @return such as {@code kvm4j.Exit}
     */
    public static Set<String> names() {
        return Stream.of(
                        ExitEvent.class,
                        KickEvent.class,
                        InterruptLineEvent.class,
                        MessageInterruptEvent.class,
                        MachineStartEvent.class,
                        MachineEvent.class)
                .map(event -> event.getAnnotation(Name.class).value())
                .collect(Collectors.toUnmodifiableSet());
    }

    /**
     * The machine's number in this process, by which its events know each other.
     *
     * @return the number, from 1
     */
    public long machine() {
        return machine;
    }

    /** To touch an event of a JVM that records nothing would start the recorder. */
    private static boolean isRecording() {
        return FlightRecorder.isInitialized();
    }

    @Override
    public Optional<ExitObserver> exits(int processors) {
        return isRecording() && new ExitEvent().isEnabled()
                ? Optional.of(new ExitEvents(machine, processors))
                : Optional.empty();
    }

    @Override
    public void built(MachineState.Hardware made, int processorCount) {
        hardware = made;
        processors = processorCount;
    }

    @Override
    public void started() {
        if (isRecording()) {
            MachineStartEvent event = new MachineStartEvent();
            event.machine = machine;
            event.memory = hardware.memorySize();
            event.processors = processors;
            event.irqchip = hardware.irqchip();
            event.commit();
            MachineEvent beginning = new MachineEvent();
            beginning.begin();
            life = beginning;
        }
    }

    @Override
    public void kicked(Vcpu vcpu, Kick kick) {
        if (isRecording()) {
            KickEvent event = new KickEvent();
            event.machine = machine;
            event.vcpu = vcpu.id();
            event.reason = kick.reason().name();
            event.asker = kick.asker();
            event.latency = kick.latency().toNanos();
            event.signals = kick.signals();
            event.commit();
        }
    }

    @Override
    public void lineSet(int gsi, boolean high) {
        if (isRecording()) {
            InterruptLineEvent event = new InterruptLineEvent();
            event.machine = machine;
            event.gsi = gsi;
            event.high = high;
            event.commit();
        }
    }

    @Override
    public void messageSent(Msi message, Irqchip.Delivery delivery) {
        if (isRecording()) {
            MessageInterruptEvent event = new MessageInterruptEvent();
            event.machine = machine;
            event.address = message.address();
            event.data = message.data();
            event.vector = message.data() & 0xff;
            event.delivery = delivery.name();
            event.commit();
        }
    }

    @Override
    public void ended(Outcome outcome) {
        if (isRecording()) {
            MachineEvent event = life == null ? new MachineEvent() : life;
            event.machine = machine;
            event.memory = hardware.memorySize();
            event.processors = processors;
            event.irqchip = hardware.irqchip();
            event.outcome = outcome.getClass().getSimpleName();
            event.description = outcome.describe();
            event.commit();
        }
    }
}
