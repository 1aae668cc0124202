package kvm4j.machine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.boot.EntryState;
import kvm4j.boot.ImageFormat;
import kvm4j.device.BusDevice;
import kvm4j.guests.Guest;
import kvm4j.kvm.NeedsKvm;
import kvm4j.linux.NativeThread;
import kvm4j.memory.GuestMemory;
import kvm4j.pc.Platform;
import kvm4j.x86.Registers;
import kvm4j.x86.Segment;
import kvm4j.x86.SpecialRegisters;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Duration;
import java.util.HexFormat;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.LongStream;

/** Machines whose guest starts processors, and stops and goes on with all of them. */
@NeedsKvm
@Tag("smp")
class SeveralProcessorsTest {

    private static final Duration LIMIT = Duration.ofSeconds(120);
    private static final int COUNTER_STRIDE = 64;

    private static MachineBuilder counting(int processors, long count) {
        byte[] image = Guest.COUNT.image();
        return Machine.builder()
                .image(ImageFormat.of(image).read(image))
                .irqchip(IrqchipMode.KERNEL)
                .processors(processors)
                .timeLimit(LIMIT)
                .prepare(
                        memory -> {
                            memory.putLong(Guest.PARAMETER_BLOCK, count);
                            memory.putLong(Guest.PARAMETER_BLOCK + 8, processors);
                        });
    }

    private static long[] counters(Machine machine, int processors) {
        return LongStream.range(0, processors)
                .map(i -> machine.memory().getInt(Guest.COUNTERS + i * COUNTER_STRIDE))
                .toArray();
    }

    @ParameterizedTest
    @CsvSource({"1, KERNEL", "2, KERNEL", "2, SPLIT", "4, KERNEL", "64, KERNEL"})
    void theGuestStartsEachProcessor(int processors, IrqchipMode irqchip) {
        Set<String> threads = ConcurrentHashMap.newKeySet();
        MachineBuilder builder =
                counting(processors, 1000)
                        .irqchip(irqchip)
                        .observer((vcpu, reason) -> threads.add(Thread.currentThread().getName()));
        try (Machine machine = builder.build()) {
            assertEquals(new Outcome.Exited(0), machine.run());
            assertTrue(
                    LongStream.of(counters(machine, processors)).allMatch(count -> count == 1000));
        }
        assertTrue(threads.contains("kvm4j-vcpu-0"), threads::toString);
    }

    /**
     * 32-bit: movl $1 << 24, 0xfee00310; movl $0x4500, 0xfee00300; movl $0x4608, 0xfee00300; then
     * waits for what the other writes to 0x5000, and exits with it.
     */
    private static final String STARTS_THE_SECOND_BY_IDENTIFIER =
            "c7 05 10 03 e0 fe 00 00 00 01 c7 05 00 03 e0 fe 00 45 00 00"
                    + " c7 05 00 03 e0 fe 08 46 00 00"
                    + " f3 90 a1 00 50 00 00 85 c0 74 f5 e6 f4 f4";

    /** At 0x8000, 16-bit: xor %ax, %ax; mov %ax, %ds; movw $7, 0x5000; hlt. */
    private static final String SAYS_SEVEN = "31 c0 8e d8 c7 06 00 50 07 00 f4";

    @ParameterizedTest
    @EnumSource(names = {"KERNEL", "SPLIT"})
    void theLastProcessorIsStartedByItsIdentifierWhileLocalApicsAreOff(IrqchipMode irqchip) {
        try (Machine machine =
                Machine.builder()
                        .image(SeveralProcessorsTest::loadProtectedMode)
                        .irqchip(irqchip)
                        .processors(2)
                        .timeLimit(LIMIT)
                        .build()) {
            assertEquals(new Outcome.Exited(7), machine.run());
        }
    }

    private static EntryState loadProtectedMode(GuestMemory memory) {
        HexFormat hex = HexFormat.ofDelimiter(" ");
        memory.write(0x1000, hex.parseHex(STARTS_THE_SECOND_BY_IDENTIFIER));
        memory.write(0x8000, hex.parseHex(SAYS_SEVEN));
        return new EntryState(
                Registers.CLEARED.withRip(0x1000),
                reset ->
                        reset.withCode(Segment.flatCode(8))
                                .withData(Segment.flatData(16))
                                .withControl(
                                        SpecialRegisters.CR0_PE | SpecialRegisters.CR0_ET,
                                        0,
                                        0,
                                        0));
    }

    @Test
    void pausedProcessorsStandStillAndAllGoOn() throws InterruptedException {
        int processors = 4;
        try (Machine machine = counting(processors, 0).build()) {
            machine.start();
            awaitProgress(machine, new long[processors]);
            for (int round = 0; round < 1000; round++) {
                machine.pause();
                long[] paused = counters(machine, processors);
                if (round % 100 == 0) {
                    Thread.sleep(5);
                    assertArrayEquals(paused, counters(machine, processors));
                }
                machine.resume();
                if (round % 100 == 0) {
                    awaitProgress(machine, paused);
                }
            }
            awaitProgress(machine, counters(machine, processors));
        }
    }

    private static void awaitProgress(Machine machine, long[] from) throws InterruptedException {
        for (int i = 0; i < from.length; i++) {
            while (counters(machine, from.length)[i] == from[i]) {
                Thread.sleep(1);
            }
        }
    }

    /** The second processor reaches a device that fails, while the first goes on. */
    @Test
    void theFirstEndOfAnyProcessorEndsTheMachine() {
        byte[] image = Guest.HOSTILE.image();
        MachineBuilder builder =
                Machine.builder()
                        .image(ImageFormat.of(image).read(image))
                        .irqchip(IrqchipMode.KERNEL)
                        .processors(2)
                        .timeLimit(LIMIT)
                        .exitDevice(board -> {})
                        .ports(0x5000, 0x1000, failingOn("kvm4j-vcpu-1"));
        try (Machine machine = builder.build()) {
            Outcome.HostError error = assertInstanceOf(Outcome.HostError.class, machine.run());
            assertTrue(error.source().startsWith("device at port 0x5"), error.describe());
        }
    }

    private static BusDevice failingOn(String thread) {
        return new BusDevice() {
            @Override
            public long read(long offset, int size) {
                write(offset, size, 0);
                return 0;
            }

            @Override
            public void write(long offset, int size, long value) {
                if (Thread.currentThread().getName().equals(thread)) {
                    throw new IllegalStateException("the device fails");
                }
            }
        };
    }

    @Test
    void pinnedProcessorsRunWhereTheyWereToldTo() {
        int cpu = NativeThread.current().cpus().stream().max().orElseThrow();
        Set<String> places = ConcurrentHashMap.newKeySet();
        MachineBuilder builder =
                counting(2, 100)
                        .pin(cpu)
                        .observer(
                                (vcpu, reason) ->
                                        places.add(NativeThread.current().cpus().toString()));
        try (Machine machine = builder.build()) {
            assertEquals(new Outcome.Exited(0), machine.run());
        }
        assertEquals(Set.of("CPUs {" + cpu + "}"), places);
    }

    @Test
    void aPlaceThatIsNotOursIsRefused() {
        assertThrows(IllegalArgumentException.class, counting(1, 1).pin(8000)::build);
        assertThrows(IllegalArgumentException.class, counting(1, 1).pin(-1)::build);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, Platform.MAXIMUM_PROCESSORS + 1})
    void aMachineHasSomeProcessorsAndNotTooMany(int processors) {
        assertThrows(IllegalArgumentException.class, counting(processors, 1)::build);
    }

    @Test
    void severalProcessorsNeedAnIrqchip() {
        assertThrows(
                IllegalArgumentException.class, counting(2, 1).irqchip(IrqchipMode.NONE)::build);
    }
}
