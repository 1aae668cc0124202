package kvm4j.outsider;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;

import kvm4j.boot.ImageFormat;
import kvm4j.device.InterruptLine;
import kvm4j.guests.Guest;
import kvm4j.kvm.NeedsKvm;
import kvm4j.kvm.Vcpu;
import kvm4j.machine.IrqchipMode;
import kvm4j.machine.Machine;
import kvm4j.machine.MachineBuilder;
import kvm4j.machine.Outcome;
import kvm4j.trace.jfr.MachineEvents;
import kvm4j.x86.Msi;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** What a recording has of real guests. */
@NeedsKvm
class FlightRecorderTest {

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int COUNT = 100;

    @TempDir private Path folder;

    private static MachineBuilder booting(Guest guest) {
        byte[] image = guest.image();
        return Machine.builder()
                .image(ImageFormat.of(image).read(image))
                .prepare(memory -> memory.putLong(Guest.PARAMETER_BLOCK, COUNT))
                .timeLimit(LIMIT)
                .machineObserver(MachineEvents::new);
    }

    private static Recording recording(String... events) {
        Recording recording = new Recording();
        List.of(events).forEach(recording::enable);
        recording.start();
        return recording;
    }

    /** What was recorded of kvm4j, in order of time. */
    private List<RecordedEvent> events(Recording recording) throws IOException {
        recording.stop();
        Path file = folder.resolve("guest.jfr");
        recording.dump(file);
        return RecordingFile.readAllEvents(file).stream()
                .filter(event -> event.getEventType().getName().startsWith("kvm4j."))
                .sorted((one, other) -> one.getStartTime().compareTo(other.getStartTime()))
                .toList();
    }

    private static List<RecordedEvent> named(String name, List<RecordedEvent> events) {
        return events.stream()
                .filter(event -> event.getEventType().getName().equals(name))
                .toList();
    }

    @Test
    void eachExitIsAnEventInsideOfItsMachinesLife() throws IOException {
        List<RecordedEvent> events;
        try (Recording recording = recording("kvm4j.Exit", "kvm4j.Machine", "kvm4j.MachineStart");
                Machine machine = booting(Guest.PIO).build()) {
            assertEquals(new Outcome.Exited(0), machine.run());
            events = events(recording);
        }
        List<RecordedEvent> exits = named("kvm4j.Exit", events);
        assertEquals(COUNT + 1, exits.size(), "and the one of the exit code");
        Instant last = Instant.MIN;
        RecordedEvent life = named("kvm4j.Machine", events).getFirst();
        for (RecordedEvent exit : exits) {
            assertEquals("IO", exit.getString("reason"));
            assertEquals("out", exit.getString("direction"));
            assertEquals(1, exit.getInt("count"));
            assertEquals("kvm4j-vcpu-0", exit.getThread().getJavaName());
            assertEquals(life.getLong("machine"), exit.getLong("machine"));
            assertFalse(exit.getStartTime().isBefore(last), "exits do not overlap");
            last = exit.getEndTime();
        }
        assertEquals(0xf4, exits.getLast().getLong("address"));
        assertFalse(life.getStartTime().isAfter(exits.getFirst().getStartTime()));
        assertFalse(life.getEndTime().isBefore(last));
        assertEquals("Exited", life.getString("outcome"));
        assertEquals("the guest exited with code 0", life.getString("description"));
        assertEquals(MachineBuilder.DEFAULT_MEMORY, life.getLong("memory"));
        assertEquals(1, life.getInt("processors"));
        assertEquals("NONE", life.getString("irqchip"));
        assertEquals(
                life.getLong("machine"),
                named("kvm4j.MachineStart", events).getFirst().getLong("machine"));
    }

    @Test
    void memoryMappedReadsHaveTheirAddress() throws IOException {
        List<RecordedEvent> exits;
        try (Recording recording = recording("kvm4j.Exit");
                Machine machine = booting(Guest.MMIO_READ).build()) {
            assertEquals(new Outcome.Exited(0), machine.run());
            exits = events(recording);
        }
        List<RecordedEvent> reads =
                exits.stream().filter(exit -> exit.getString("reason").equals("MMIO")).toList();
        assertEquals(COUNT, reads.size());
        assertTrue(reads.stream().allMatch(exit -> exit.getString("direction").equals("in")));
        assertTrue(reads.stream().allMatch(exit -> exit.getLong("address") > 0xffff));
        assertEquals(COUNT + 1, exits.size());
    }

    @Test
    void anExitThatEndsTheMachineIsRecordedToo() throws IOException {
        List<RecordedEvent> events;
        try (Recording recording = recording("kvm4j.Exit", "kvm4j.Machine");
                Machine machine = booting(Guest.HALT).build()) {
            assertEquals(new Outcome.Halted(), machine.run());
            events = events(recording);
        }
        assertEquals("HLT", named("kvm4j.Exit", events).getLast().getString("reason"));
        assertEquals("Halted", named("kvm4j.Machine", events).getFirst().getString("outcome"));
    }

    @Test
    void kicksAreRecordedWithTheirReason() throws Exception {
        List<RecordedEvent> kicks;
        try (Recording recording = recording("kvm4j.Kick");
                Machine machine = booting(Guest.SPIN).build()) {
            machine.start();
            machine.onVcpu(0, Vcpu::id); // in the guest or not, it is soon
            while (machine.onVcpu(0, vcpu -> vcpu.registers().rip()) < 0x10_0000) {
                Thread.sleep(1);
            }
            VcpuThreads.awaitGuest();
            machine.pause();
            machine.resume();
            VcpuThreads.awaitGuest();
            machine.stop();
            machine.outcome().get(LIMIT.toSeconds(), TimeUnit.SECONDS);
            kicks = events(recording);
        }
        Set<String> reasons =
                kicks.stream().map(kick -> kick.getString("reason")).collect(Collectors.toSet());
        assertTrue(reasons.containsAll(Set.of("PAUSE", "STOP")), reasons::toString);
        for (RecordedEvent kick : kicks) {
            assertEquals(
                    Thread.currentThread().threadId(), kick.getThread("asker").getJavaThreadId());
            assertTrue(kick.getInt("signals") > 0);
            assertTrue(kick.getDuration("latency").isPositive());
        }
    }

    @Test
    void interruptsAreRecorded() throws IOException {
        List<RecordedEvent> events;
        try (Recording recording = recording("kvm4j.InterruptLine", "kvm4j.MessageInterrupt");
                Machine machine =
                        booting(Guest.HELLO)
                                .irqchip(IrqchipMode.KERNEL)
                                .peripheral(
                                        board -> {
                                            InterruptLine line = board.interrupt(5);
                                            line.setLevel(true);
                                            line.setLevel(false);
                                        })
                                .peripheral(board -> board.signal(new Msi(0xfee0_0000L, 0x40)))
                                .build()) {
            machine.run();
            events = events(recording);
        }
        List<RecordedEvent> levels =
                named("kvm4j.InterruptLine", events).stream()
                        .filter(event -> event.getInt("gsi") == 5)
                        .toList();
        assertEquals(List.of(true, false), levels.stream().map(e -> e.getBoolean("high")).toList());
        RecordedEvent message = named("kvm4j.MessageInterrupt", events).getFirst();
        assertEquals(0x40, message.getInt("vector"));
        assertEquals("IGNORED", message.getString("delivery"), "there is no vCPU yet");
    }

    @Test
    void whatIsNotEnabledIsNotRecorded() throws IOException {
        List<RecordedEvent> events;
        try (Recording recording = new Recording()) {
            recording.start();
            try (Machine machine = booting(Guest.PIO).build()) {
                assertEquals(new Outcome.Exited(0), machine.run());
            }
            events = events(recording);
        }
        assertEquals(List.of(), events);
    }

    @Test
    void machinesThatWereBuiltBeforeHaveNoExitsButAnEnd() throws IOException {
        List<RecordedEvent> events;
        try (Machine machine = booting(Guest.PIO).build();
                Recording recording = recording("kvm4j.Exit", "kvm4j.Machine")) {
            assertEquals(new Outcome.Exited(0), machine.run());
            events = events(recording);
        }
        assertEquals(List.of(), named("kvm4j.Exit", events));
        assertEquals(1, named("kvm4j.Machine", events).size());
    }
}
