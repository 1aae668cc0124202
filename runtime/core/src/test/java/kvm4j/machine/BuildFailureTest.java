package kvm4j.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import kvm4j.boot.FlatImage;
import kvm4j.kvm.NeedsKvm;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/** Whatever fails while a machine is built, all that it took is given back. */
@NeedsKvm
@Tag("long")
class BuildFailureTest {

    private static final int ROUNDS = 30;

    /** A step of building, named, that fails with what it is given. */
    private record Step(String name, FailingStep step) {
        @Override
        public String toString() {
            return name;
        }
    }

    private interface FailingStep {
        MachineBuilder in(MachineBuilder builder, Throwable failure);
    }

    private static Stream<Step> steps() {
        return Stream.of(
                new Step("preparation", (b, e) -> b.prepare(memory -> smuggle(e))),
                new Step("exit device", (b, e) -> b.exitDevice(board -> smuggle(e))),
                new Step("peripheral", (b, e) -> b.peripheral(board -> smuggle(e))),
                new Step(
                        "peripheral with events",
                        (b, e) ->
                                b.irqchip(IrqchipMode.KERNEL)
                                        .peripheral(
                                                board -> {
                                                    board.interruptEvent(5);
                                                    smuggle(e);
                                                })),
                new Step(
                        "peripheral of a whole PC",
                        (b, e) ->
                                b.irqchip(IrqchipMode.SPLIT)
                                        .pc()
                                        .processors(2)
                                        .peripheral(board -> smuggle(e))));
    }

    @SuppressWarnings("unchecked") // what other languages do without asking
    private static <T extends Throwable> void smuggle(Throwable failure) throws T {
        throw (T) failure;
    }

    @ParameterizedTest
    @MethodSource("steps")
    void nothingIsLeftBehind(Step step) {
        for (Throwable failure :
                new Throwable[] {
                    new RuntimeException(), new NoClassDefFoundError(), new java.io.IOException()
                }) {
            assertNothingIsLeft(builder -> step.step.in(builder, failure), failure);
        }
    }

    private static void assertNothingIsLeft(
            UnaryOperator<MachineBuilder> failing, Throwable failure) {
        HostResources before = null;
        for (int i = 0; i < ROUNDS; i++) {
            var builder =
                    failing.apply(
                            Machine.builder().memory(1 << 20).image(new FlatImage(new byte[1])));
            assertSame(failure, assertThrows(failure.getClass(), builder::build));
            before = before == null ? HostResources.inUse() : before;
        }
        HostResources.inUse().assertNoMoreThan(before);
    }

    /** The collector is asked until it has found the machine; nothing else finds it. */
    @Test
    void aMachineThatNobodyClosedIsReclaimed() {
        buildAndForget();
        long before = HostResources.inUse().descriptors();
        buildAndForget();
        while (HostResources.inUse().descriptors() > before - 1) {
            System.gc();
        }
        assertEquals(true, HostResources.inUse().descriptors() < before);
    }

    @Test
    void aSnapshotThatNobodyClosedIsReclaimed() {
        try (Machine machine = machine().build()) {
            machine.snapshot();
            long before = HostResources.inUse().descriptors();
            machine.snapshot();
            while (HostResources.inUse().descriptors() > before - 1) {
                System.gc();
            }
        }
    }

    private static MachineBuilder machine() {
        return Machine.builder().memory(1 << 20).image(new FlatImage(new byte[] {(byte) 0xf4}));
    }

    private static void buildAndForget() {
        machine().build();
    }
}
