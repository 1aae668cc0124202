package kvm4j.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import kvm4j.boot.FlatImage;
import kvm4j.device.BusDevice;
import kvm4j.device.DeviceState;
import kvm4j.device.GuestTime;
import kvm4j.device.InterruptLine;
import kvm4j.device.IoApic;
import kvm4j.device.StatefulDevice;
import kvm4j.kvm.NeedsKvm;
import kvm4j.snapshot.MachineState;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.ArrayList;
import java.util.List;

/** Interrupts that two devices ask for by the level of one line. */
@NeedsKvm
class SharedInterruptsTest {

    private static final int GSI = 20;

    /** Whoever has the device sets its level. */
    private static final class Bell implements BusDevice, StatefulDevice<Bell.State> {

        record State(boolean rings) implements DeviceState {}

        private final InterruptLine line;
        private boolean rings;

        Bell(InterruptLine line) {
            this.line = line;
        }

        void ring(boolean level) {
            rings = level;
            line.setLevel(level);
        }

        @Override
        public long read(long offset, int size) {
            return 0;
        }

        @Override
        public void write(long offset, int size, long value) {
            // nobody does
        }

        @Override
        public Class<State> stateType() {
            return State.class;
        }

        @Override
        public State save() {
            return new State(rings);
        }

        @Override
        public void restore(State state, GuestTime time) {
            rings = state.rings;
            line.restoreLevel(rings);
        }
    }

    private final List<Bell> bells = new ArrayList<>();

    private Peripheral bellAt(int port) {
        return board -> {
            Bell bell = new Bell(board.interrupt(GSI));
            bells.add(bell);
            board.ports().attach(port, 1, bell);
        };
    }

    private Machine machine(IrqchipMode irqchip) {
        return Machine.builder()
                .memory(1 << 20)
                .image(new FlatImage(new byte[] {(byte) 0xf4}))
                .irqchip(irqchip)
                .peripheral(bellAt(0x500))
                .peripheral(bellAt(0x501))
                .build();
    }

    private static boolean isHigh(Machine machine) {
        try (Snapshot now = machine.snapshot()) {
            int lines =
                    now.state().devices().stream()
                            .map(MachineState.Device::state)
                            .filter(IoApic.State.class::isInstance)
                            .map(state -> ((IoApic.State) state).levels())
                            .findFirst()
                            .orElseGet(
                                    () ->
                                            now.state()
                                                    .vm()
                                                    .controllers()
                                                    .orElseThrow()
                                                    .ioApic()
                                                    .irr());
            return (lines >>> GSI & 1) != 0;
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"KERNEL", "SPLIT"})
    void devicesShareAnInterrupt(IrqchipMode irqchip) {
        try (Machine machine = machine(irqchip)) {
            bells.getFirst().ring(true);
            bells.getLast().ring(true);
            bells.getLast().ring(false);
            assertEquals(true, isHigh(machine));
            bells.getFirst().ring(false);
            assertEquals(false, isHigh(machine));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"KERNEL", "SPLIT"})
    void aForkKnowsWhoHasItHigh(IrqchipMode irqchip) {
        try (Machine machine = machine(irqchip)) {
            bells.getFirst().ring(true);
            try (Snapshot snapshot = machine.snapshot()) {
                bells.clear();
                try (Machine fork = snapshot.fork()) {
                    assertSharedWithAHighOne(fork);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"KERNEL", "SPLIT"})
    void aMachineThatIsTakenBackKnowsWhoHadItHigh(IrqchipMode irqchip) {
        try (Machine machine = machine(irqchip);
                Snapshot low = machine.snapshot()) {
            bells.getFirst().ring(true);
            try (Snapshot high = machine.snapshot()) {
                machine.restore(low);
                assertEquals(false, isHigh(machine));
                bells.getLast().ring(true);
                bells.getLast().ring(false);
                assertEquals(false, isHigh(machine));
                machine.restore(high);
                assertSharedWithAHighOne(machine);
            }
        }
    }

    private void assertSharedWithAHighOne(Machine machine) {
        assertEquals(true, isHigh(machine));
        bells.getLast().ring(true);
        bells.getLast().ring(false);
        assertEquals(true, isHigh(machine));
        bells.getFirst().ring(false);
        assertEquals(false, isHigh(machine));
    }
}
