package kvm4j.machine;

import kvm4j.boot.EntryState;
import kvm4j.device.Serial16550;
import kvm4j.kvm.Capability;
import kvm4j.kvm.Kvm;
import kvm4j.kvm.Vcpu;
import kvm4j.kvm.Vm;
import kvm4j.memory.GuestMemory;

import java.io.OutputStream;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * How a machine is put together: what it holds of the host first, then its board with all that is
 * plugged into it, its processors at last. What was taken is given back if a part fails.
 */
final class MachineAssembly {

    private static final ExitObserver NOBODY = (vcpu, reason) -> {};

    private final MachineKind kind;
    private final Beginning beginning;
    private final Surroundings surroundings;
    private final Optional<MachineObserver> onlooker;
    private final Holdings holdings = new Holdings();
    private final Life life;

    /**
     * The assembly of one machine.
     *
     * @throws IllegalArgumentException if there can be no such machine
     */
    MachineAssembly(MachineKind kind, Beginning beginning, Surroundings surroundings) {
        kind.requireSound();
        this.kind = kind;
        this.beginning = beginning;
        this.surroundings = surroundings;
        this.onlooker = surroundings.onlooker();
        this.life = Life.seenBy(onlooker);
    }

    /** {@return the machine, which waits to be started} */
    Machine machine() {
        MachineClock.MACHINES.start();
        try {
            GuestMemory memory = holdings.hold(beginning.map(kind.memorySize()));
            Optional<EntryState> entry = beginning.fill(memory, kind);
            MachineMemory contents = holdings.hold(new MachineMemory(memory));
            EventFds events = holdings.hold(new EventFds());
            try (Kvm kvm = Kvm.open(kind.device())) {
                Vm vm = kvm.createVm();
                holdings.hold(vm.entrust());
                prepare(vm, contents);
                MachineBoard board = new MachineBoard(kind, vm, memory, events, life);
                holdings.hold(board.deviceTimers());
                return completed(machine(kvm, board, contents, entry));
            }
        } catch (Throwable failure) {
            try (holdings) {
                throw failure;
            }
        }
    }

    private void prepare(Vm vm, MachineMemory contents) {
        kind.tuning().applyTo(vm);
        vm.setIdentityMapAddress(OccupiedPlaces.IDENTITY_MAP);
        vm.setTaskStateAddress(OccupiedPlaces.TASK_STATE);
        beginning.mapInto(vm, contents);
    }

    private Machine machine(
            Kvm kvm, MachineBoard board, MachineMemory contents, Optional<EntryState> entry) {
        Serial16550 serial = plugInSerialPort(board);
        board.plugIn();
        createProcessors(kvm, board);
        Processors processors = life.processors();
        entry.ifPresent(processors.threads().getFirst()::enterAt);
        processors.threads().forEach(thread -> kind.tuning().applyTo(thread.vcpu()));
        Optional<HaltWatch> haltWatch = haltWatch(board);
        life.ending().waitForOutput(surroundings.outputPatience());
        life.ending()
                .prepare(
                        board::deliverCoalescedWrites,
                        () -> haltWatch.ifPresent(HaltWatch::vcpuOutside));
        Optional<ConsoleInput> input =
                surroundings
                        .input()
                        .map(source -> new ConsoleInput(source, serial, board.hostAccess()));
        return new Machine(
                board,
                new MachineStates(kind, board, contents, processors),
                life,
                new Startup(life, surroundings.timeLimit(), input, haltWatch),
                holdings);
    }

    private Serial16550 plugInSerialPort(MachineBoard board) {
        OutputStream output =
                surroundings
                        .output()
                        .map(sink -> board.output(surroundings.outputName(), sink))
                        .orElseGet(OutputStream::nullOutputStream);
        Serial16550 serial =
                new Serial16550(
                        output, board.interrupt(Serial16550.COM1_INTERRUPT), board.timers());
        board.ports().attach(Serial16550.COM1_PORT, Serial16550.PORTS, serial);
        return serial;
    }

    private void createProcessors(Kvm kvm, MachineBoard board) {
        ProcessorModel model =
                ProcessorModel.of(
                        HostProcessor.of(kvm), board.vm(), kind.processors(), kind.irqchip());
        ExitHandlers handlers = new ExitHandlers(kind.handlers());
        Optional<ExitObserver> observer = exitObserver();
        for (int id = 0; id < kind.processors(); id++) {
            Vcpu vcpu = board.vm().createVcpu(id);
            model.applyTo(vcpu, kind.tuning());
            ExitLoop loop =
                    observer.isEmpty() && !handlers.comeFirst()
                            ? board.loop(vcpu, handlers)
                            : board.observedLoop(vcpu, handlers, observer.orElse(NOBODY));
            life.add(vcpu, loop, kind.placement().hostCpusOf(id));
        }
    }

    private Optional<ExitObserver> exitObserver() {
        return Stream.concat(
                        surroundings.observer().stream(),
                        onlooker.flatMap(told -> told.exits(kind.processors())).stream())
                .reduce(ExitObservers::new);
    }

    private Optional<HaltWatch> haltWatch(MachineBoard board) {
        return kind.irqchip() == IrqchipMode.NONE
                ? Optional.empty()
                : Optional.of(
                        new HaltWatch(
                                life.processors(),
                                life.ending(),
                                board.vm().check(Capability.NESTED_STATE) > 0,
                                board::hasUnmaskableInterrupts));
    }

    private Machine completed(Machine machine) {
        try {
            onlooker.ifPresent(
                    told -> told.built(kind.hardware(machine.memory()), kind.processors()));
            beginning.complete(machine);
            return machine;
        } catch (Throwable failure) {
            machine.close();
            throw failure;
        }
    }
}
