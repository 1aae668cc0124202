package kvm4j.machine;

import kvm4j.device.InterruptLine;
import kvm4j.device.MmioBus;
import kvm4j.device.PortBus;
import kvm4j.device.Timers;
import kvm4j.kvm.Capability;
import kvm4j.kvm.Doorbell;
import kvm4j.kvm.Vcpu;
import kvm4j.kvm.Vm;
import kvm4j.kvm.irq.AllocatedGsi;
import kvm4j.kvm.irq.Irqchip;
import kvm4j.linux.EventFd;
import kvm4j.memory.GuestMemory;
import kvm4j.pc.PcDevices;
import kvm4j.x86.Msi;

import java.io.OutputStream;
import java.util.Optional;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;

/** The board of one machine: its buses, its interrupts, and what was plugged into it. */
final class MachineBoard implements Board {

    private final MachineKind kind;
    private final Vm vm;
    private final GuestMemory memory;
    private final EventFds events;
    private final Life life;
    private final PortBus ports = new PortBus();
    private final MmioBus mmio = new MmioBus();
    private final DeviceStates deviceStates = new DeviceStates(ports, mmio);
    private final CoalescedWrites coalescedWrites = new CoalescedWrites(ports, mmio);

    /**
     * Held while a thread that is no vCPU's does something with a device: whoever holds it, and has
     * the vCPUs held, finds devices and interrupt controllers in step.
     */
    private final Lock hostAccess = new ReentrantLock();

    private final Suspension suspension;
    private final MachineTimers timers;
    private final BoardInterrupts interrupts;
    private Optional<PcDevices> pc = Optional.empty();
    private boolean coalesces;

    /**
     * Makes a board for a VM without vCPUs, and its interrupt controllers.
     *
     * @param kind what machine it is of
     * @param vm the VM
     * @param memory the memory that the guest has there
     * @param events where events come from
     * @param life the machine's
     */
    MachineBoard(MachineKind kind, Vm vm, GuestMemory memory, EventFds events, Life life) {
        this.kind = kind;
        this.vm = vm;
        this.memory = memory;
        this.events = events;
        this.life = life;
        this.suspension =
                new Suspension(
                        life.processors(),
                        memory,
                        life.ending(),
                        new ProcessorReset(kind.irqchip() != IrqchipMode.NONE));
        this.timers =
                new MachineTimers(
                        hostAccess,
                        failure -> end(new Outcome.HostError("a device that was woken", failure)));
        OccupiedPlaces.withhold(ports, mmio, memory, kind.irqchip());
        this.interrupts = new BoardInterrupts(vm, kind, mmio, life.observation());
    }

    @Override
    public PortBus ports() {
        return ports;
    }

    @Override
    public MmioBus mmio() {
        return mmio;
    }

    @Override
    public GuestMemory memory() {
        return memory;
    }

    @Override
    public int processors() {
        return kind.processors();
    }

    @Override
    public InterruptLine interrupt(int gsi) {
        return interrupts.line(gsi);
    }

    @Override
    public Timers timers() {
        return timers;
    }

    @Override
    public EventFd interruptEvent(int gsi) {
        return interrupts.event(gsi, events);
    }

    @Override
    public AllocatedGsi allocateInterrupt() {
        return interrupts.allocate();
    }

    @Override
    public EventFd event() {
        return events.create();
    }

    @Override
    public Irqchip.Delivery signal(Msi message) {
        return interrupts.signal(message);
    }

    @Override
    public EventFd doorbell(Doorbell doorbell) {
        EventFd event = events.create();
        vm.attach(doorbell, event);
        return event;
    }

    @Override
    public void coalescePorts(int port, int count) {
        if (vm.check(Capability.COALESCED_PIO) > 0) {
            vm.coalescePorts(port, count);
            coalesces = true;
        }
    }

    @Override
    public void coalesceMmio(long address, int size) {
        if (vm.check(Capability.COALESCED_MMIO) > 0) {
            vm.coalesceMmio(address, size);
            coalesces = true;
        }
    }

    @Override
    public OutputStream output(String name, OutputStream sink) {
        return life.output(name, sink);
    }

    @Override
    public void end(Outcome outcome) {
        life.end(outcome);
    }

    /** Plugs in what machines of this kind have, once. */
    void plugIn() {
        pc = kind.equipment().plugInto(this);
    }

    /**
     * Presses the power button.
     *
     * @throws IllegalStateException if there is none
     */
    void pressPowerButton() {
        pc.orElseThrow(() -> new IllegalStateException("the machine has no power button"))
                .pressPowerButton();
    }

    Vm vm() {
        return vm;
    }

    /** The machine's sleep. */
    Suspension suspension() {
        return suspension;
    }

    /** The loop of a vCPU that nobody observes, once all peripherals are attached. */
    ExitLoop loop(Vcpu vcpu, ExitHandlers handlers) {
        collectWrites(vcpu);
        return new ExitLoop(vcpu, this, handlers);
    }

    /** The loop of a vCPU that is observed, or whose exits a handler wants first. */
    ExitLoop observedLoop(Vcpu vcpu, ExitHandlers handlers, ExitObserver observer) {
        collectWrites(vcpu);
        return new ObservedExitLoop(vcpu, this, handlers, observer);
    }

    private void collectWrites(Vcpu vcpu) {
        if (coalesces) {
            coalescedWrites.collectedIn(vcpu.coalescedRing());
        }
    }

    /** {@return the right to access devices on a thread that is no vCPU's} */
    Lock hostAccess() {
        return hostAccess;
    }

    /** Lets devices that are about to be restored say anew at which levels they drive lines. */
    void forgetLevels() {
        interrupts.forgetLevels();
    }

    DeviceStates deviceStates() {
        return deviceStates;
    }

    /** {@return how interrupts reach the processors} */
    InterruptWiring wiring() {
        return interrupts.wiring();
    }

    IrqchipMode irqchip() {
        return kind.irqchip();
    }

    Life life() {
        return life;
    }

    CoalescedWrites coalescedWrites() {
        return coalescedWrites;
    }

    /** {@return the timers, to be closed before the VM} */
    MachineTimers deviceTimers() {
        return timers;
    }

    /** Hands over what the guest wrote last, when its processors have left it. */
    void deliverCoalescedWrites() {
        coalescedWrites.deliver();
    }

    /** Whether a line or a message is to reach a processor that has interrupts off. */
    boolean hasUnmaskableInterrupts() {
        return interrupts.hasUnmaskable();
    }
}
