package kvm4j.outsider;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.device.BusDevice;
import kvm4j.device.CmosInventory;
import kvm4j.device.DeviceState;
import kvm4j.device.GuestTime;
import kvm4j.device.Hpet;
import kvm4j.device.InterruptLine;
import kvm4j.device.MmioBus;
import kvm4j.device.PortBus;
import kvm4j.device.PowerManagement;
import kvm4j.device.RealTimeClock;
import kvm4j.device.Serial16550;
import kvm4j.device.StatefulDevice;
import kvm4j.device.Timer;
import kvm4j.device.Timers;
import kvm4j.x86.Bytes;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.OutputStream;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Devices' states, as somebody who takes snapshots has them. */
class DeviceStateTest {

    private static final Instant SAVED = Instant.parse("2030-06-01T12:00:00.5Z");
    private static final int REGISTER_B = 0x0b;
    private static final int ALARM_ENABLED_24_HOURS = 0x22;

    /** Remembers the levels that it was given. */
    private static final class Wire implements InterruptLine {

        private final List<Boolean> levels = new ArrayList<>();

        @Override
        public void setLevel(boolean high) {
            levels.add(high);
        }
    }

    private static RealTimeClock clockAt(Instant time) {
        return new RealTimeClock(
                Clock.fixed(time, ZoneOffset.UTC), new CmosInventory(1 << 20, 0, 1));
    }

    private static int read(RealTimeClock clock, int register) {
        clock.writeByte(0, register);
        return clock.readByte(1);
    }

    private static void write(RealTimeClock clock, int register, int value) {
        clock.writeByte(0, register);
        clock.writeByte(1, value);
    }

    @ParameterizedTest
    @CsvSource({"STOPPED, 00:30", "CAUGHT_UP, 02:35"})
    void aClockStopsOrCatchesUp(GuestTime time, String shown) {
        RealTimeClock clock = clockAt(SAVED);
        write(clock, 4, 0); // the guest sets hour and minute
        write(clock, 2, 0x30);
        RealTimeClock later = clockAt(SAVED.plus(Duration.ofMinutes(125)));
        later.restore(clock.save(), time);
        assertEquals(shown, "%02x:%02x".formatted(read(later, 4), read(later, 2)));
    }

    @ParameterizedTest
    @EnumSource(GuestTime.class)
    void anAlarmThatPassedGoesOffIfTimeWentOn(GuestTime time) {
        RealTimeClock clock = clockAt(SAVED);
        write(clock, 1, 0x00);
        write(clock, 3, 0x01);
        write(clock, 5, 0x12);
        write(clock, REGISTER_B, ALARM_ENABLED_24_HOURS);
        Wire wire = new Wire();
        List<Runnable> expiries = new ArrayList<>();
        RealTimeClock later =
                new RealTimeClock(
                        Clock.fixed(SAVED.plus(Duration.ofMinutes(2)), ZoneOffset.UTC),
                        wire,
                        collectingIn(expiries),
                        new CmosInventory(1 << 20, 0, 1));
        later.restore(clock.save(), time);
        assertEquals(List.of(), wire.levels);
        expiries.removeFirst().run();
        assertEquals(time == GuestTime.STOPPED ? List.of() : List.of(true), wire.levels);
    }

    /** Timers of which those that are set are in a list. */
    private static Timers collectingIn(List<Runnable> expiries) {
        return onExpiry ->
                new Timer() {
                    @Override
                    public void start(long nanos) {
                        stop();
                        expiries.add(onExpiry);
                    }

                    @Override
                    public void stop() {
                        expiries.remove(onExpiry);
                    }
                };
    }

    @ParameterizedTest
    @EnumSource(GuestTime.class)
    void aTimerStopsOrCatchesUp(GuestTime time) {
        PowerManagement.State state =
                new PowerManagement.State(
                        0,
                        0,
                        0,
                        0,
                        Duration.ofSeconds(10).toNanos(),
                        Instant.now().minus(Duration.ofDays(1)));
        PowerManagement power = new PowerManagement(InterruptLine.UNCONNECTED, () -> {});
        power.restore(state, time);
        long nanos = power.save().timerNanos();
        boolean caughtUp = nanos >= Duration.ofDays(1).toNanos();
        assertEquals(time == GuestTime.CAUGHT_UP, caughtUp, nanos + " ns");
        assertTrue(power.read(PowerManagement.TIMER, 4) >= 10 * 3_579_000);
    }

    /** What a file says that nobody has to have written. */
    @ParameterizedTest
    @ValueSource(strings = {"MIN", "MAX"})
    void aTimeThatIsTooFarAwayIsTheLongest(String moment) {
        Instant savedAt = moment.equals("MIN") ? Instant.MIN : Instant.MAX;
        Hpet hpet = new Hpet(_ -> InterruptLine.UNCONNECTED, collectingIn(new ArrayList<>()));
        hpet.restore(
                new Hpet.State(true, 0, 0, hpet.save().timers(), savedAt), GuestTime.CAUGHT_UP);
        Duration passed = GuestTime.CAUGHT_UP.passed(savedAt, Instant.now());
        assertEquals(moment.equals("MAX"), passed.isNegative());
        assertEquals(GuestTime.LONGEST, passed.abs());
    }

    @Test
    void inputThatWaitsForTheEndOfSilenceWaitsOn() throws InterruptedException {
        List<Runnable> expiries = new ArrayList<>();
        Timers timers = collectingIn(expiries);
        Serial16550 serial = serial(timers);
        serial.writeByte(2, 1); // FIFOs on: the line is silent for a while
        serial.receive((byte) 'x');
        Serial16550.State state = serial.save();
        assertEquals(Bytes.of((byte) 'x'), state.input());
        expiries.clear();
        Serial16550 other = serial(timers);
        other.restore(withLongSilence(state), GuestTime.STOPPED);
        assertEquals(1, expiries.size());
        assertEquals(0, other.readByte(5) & 1);
        assertEquals(state.input(), other.save().input());
    }

    private static Serial16550 serial(Timers timers) {
        return new Serial16550(OutputStream.nullOutputStream(), InterruptLine.UNCONNECTED, timers);
    }

    /** However long this test takes. */
    private static Serial16550.State withLongSilence(Serial16550.State s) {
        return new Serial16550.State(
                s.input(),
                s.fifo(),
                s.received(),
                s.flowControl(),
                Long.MAX_VALUE,
                s.divisor(),
                s.enabledInterrupts(),
                s.fifosEnabled(),
                s.trigger(),
                s.lineControl(),
                s.modemControl(),
                s.modemDeltas(),
                s.scratch(),
                s.overrun(),
                s.transmitEmptyPending());
    }

    @Test
    void whatNoDeviceCanBeIsRefused() {
        Serial16550.State s = serial(Timers.NONE).save();
        Bytes tooMuch = Bytes.of(new byte[17]);
        assertThrows(
                IllegalArgumentException.class,
                () ->
                        new Serial16550.State(
                                s.input(), tooMuch, 17, 0, 0, 12, 0, true, 1, 0, 0, 0, 0, false,
                                false));
        RealTimeClock.State c = clockAt(SAVED).save();
        assertThrows(
                IllegalArgumentException.class,
                () ->
                        new RealTimeClock.State(
                                c.memory(),
                                128,
                                c.time(),
                                c.savedAt(),
                                Optional.empty(),
                                false,
                                0,
                                0,
                                0));
    }

    /** What the guest wrote last. */
    private static final class Latch implements BusDevice, StatefulDevice<Latch.State> {

        private record State(long value) implements DeviceState {}

        private long value;

        @Override
        public long read(long offset, int size) {
            return value;
        }

        @Override
        public void write(long offset, int size, long written) {
            value = written;
        }

        @Override
        public Class<State> stateType() {
            return State.class;
        }

        @Override
        public State save() {
            return new State(value);
        }

        @Override
        public void restore(State state, GuestTime time) {
            value = state.value;
        }
    }

    private static final class Forgetful implements BusDevice {

        @Override
        public long read(long offset, int size) {
            return 0;
        }

        @Override
        public void write(long offset, int size, long value) {}
    }

    @Test
    void aBusSaysWhoseStateCanBeSaved() {
        PortBus ports = new PortBus();
        MmioBus mmio = new MmioBus();
        ports.attach(0x200, 8, new Latch());
        ports.write(0x200, 4, 42);
        mmio.attach(0x1000, 8, new Forgetful());
        StatefulDevice<?> owner =
                ports.attachments().getFirst().device().stateOwner().orElseThrow();
        assertEquals(new Latch.State(42), owner.save());
        assertEquals(Optional.empty(), mmio.attachments().getFirst().device().stateOwner());
    }
}
