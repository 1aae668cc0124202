package kvm4j.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordingFile;

import kvm4j.boot.FlatImage;
import kvm4j.boot.ImageFormat;
import kvm4j.guests.Guest;
import kvm4j.kvm.Kvm;
import kvm4j.kvm.NeedsKvm;
import kvm4j.snapshot.MachineState;
import kvm4j.snapshot.SnapshotException;
import kvm4j.snapshot.SnapshotFile;
import kvm4j.x86.CpuId;
import kvm4j.x86.CpuIdEntry;
import kvm4j.x86.Msr;
import kvm4j.x86.VcpuState;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.UnaryOperator;

/** Snapshots in files. */
@NeedsKvm
class SnapshotFileTest {

    private static final Duration LIMIT = Duration.ofSeconds(20);

    @TempDir private static Path folder;

    private static Path saved;
    private static byte[] bytes;

    /** A machine of a page of code, and of one page far from it. */
    private static MachineBuilder machine() {
        return Machine.builder()
                .memory(4 << 20)
                .image(new FlatImage(HexFormat.of().parseHex("b007e6f4")))
                .prepare(memory -> memory.putLong(0x30_0008, 0x1234_5678))
                .timeLimit(LIMIT);
    }

    @BeforeAll
    static void save() throws IOException {
        saved = folder.resolve("machine.snapshot");
        try (Machine machine = machine().build();
                Snapshot snapshot = machine.snapshot()) {
            snapshot.save(saved);
        }
        bytes = Files.readAllBytes(saved);
    }

    @ParameterizedTest
    @EnumSource(IrqchipMode.class)
    void goOnWhereTheMachineWas(IrqchipMode irqchip) throws IOException {
        byte[] hello = Guest.HELLO.image();
        Path file = folder.resolve(irqchip + ".snapshot");
        try (Machine machine =
                        Machine.builder()
                                .image(ImageFormat.of(hello).read(hello))
                                .irqchip(irqchip)
                                .pc()
                                .build();
                Snapshot snapshot = machine.snapshot()) {
            snapshot.save(file);
        }
        ByteArrayOutputStream console = new ByteArrayOutputStream();
        try (Snapshot snapshot = Snapshot.load(file);
                Machine fork = snapshot.fork(b -> b.console(console).timeLimit(LIMIT))) {
            assertEquals(new Outcome.Exited(0), fork.run());
        }
        assertEquals("Hello from long mode\n", console.toString());
    }

    /** As a device would be, if root names one. */
    @Test
    void whatIsNoFileIsNotReplacedByOne() throws Exception {
        Path fifo = folder.resolve("fifo");
        assertEquals(0, new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor());
        try (Machine machine = machine().build();
                Snapshot snapshot = machine.snapshot()) {
            for (Path place : List.of(fifo, folder, folder.resolve("none").resolve("file"))) {
                assertThrows(FileSystemException.class, () -> snapshot.save(place));
            }
        }
        assertTrue(Files.readAttributes(fifo, BasicFileAttributes.class).isOther());
    }

    @Test
    void aLinkStaysOne() throws Exception {
        Path file = Files.createFile(folder.resolve("file"));
        Path link = Files.createSymbolicLink(folder.resolve("link"), file);
        try (Machine machine = machine().build();
                Snapshot snapshot = machine.snapshot()) {
            snapshot.save(link);
        }
        assertTrue(Files.isSymbolicLink(link));
        assertTrue(Files.size(file) > 0);
    }

    /** A file of the same memory, with other processors. */
    private Path with(UnaryOperator<List<VcpuState>> change) throws IOException {
        SnapshotFile sound = SnapshotFile.read(saved);
        MachineState state = sound.state();
        MachineState other =
                new MachineState(
                        state.takenAt(),
                        state.hardware(),
                        state.vm(),
                        change.apply(state.vcpus()),
                        state.devices());
        MemorySegment memory = MemorySegment.ofArray(bytes).asSlice(sound.memoryOffset());
        Path file = folder.resolve("other.snapshot");
        SnapshotFile.write(file, other, memory, sound.pages());
        return file;
    }

    @Test
    void ofNoProcessorAreRefused() throws IOException {
        Path file = with(_ -> List.of());
        assertThrows(SnapshotException.class, () -> Snapshot.load(file));
    }

    @Test
    void whoseStateTheHostDoesNotTakeAreRefused() throws IOException {
        Path file = with(vcpus -> vcpus.stream().map(SnapshotFileTest::withUnknownMsr).toList());
        try (Snapshot snapshot = Snapshot.load(file)) {
            SnapshotException refusal = assertThrows(SnapshotException.class, snapshot::fork);
            assertTrue(refusal.getMessage().contains("MSR 0x12345678"), refusal::getMessage);
        }
    }

    private static VcpuState withUnknownMsr(VcpuState state) {
        List<Msr> msrs = new ArrayList<>(state.msrs());
        msrs.add(new Msr(0x1234_5678, 1));
        return state.withMsrs(msrs);
    }

    @Test
    void turnOffWhatCouldBeTurnedOff() throws IOException {
        Path file = folder.resolve("switch.snapshot");
        // mov $0x604, %dx; mov $0x2000, %ax; out %ax, %dx
        byte[] turnsOff = HexFormat.of().parseHex("ba0406b80020ef");
        try (Machine machine =
                        Machine.builder()
                                .memory(1 << 20)
                                .image(new FlatImage(turnsOff))
                                .peripheral(Peripherals.powerSwitch())
                                .build();
                Snapshot snapshot = machine.snapshot()) {
            snapshot.save(file);
        }
        try (Snapshot snapshot = Snapshot.load(file);
                Machine fork = snapshot.fork(b -> b.timeLimit(LIMIT))) {
            assertEquals(new Outcome.PoweredOff(), fork.run());
        }
    }

    @Test
    void areTheSameAfterASecondJourney() throws IOException {
        Path copy = folder.resolve("copy.snapshot");
        try (Snapshot snapshot = Snapshot.load(saved)) {
            assertEquals(0x1234_5678, snapshot.memory().get(ValueLayout.JAVA_LONG, 0x30_0008));
            SnapshotFile.read(saved).verify();
            snapshot.save(copy);
            try (Snapshot again = Snapshot.load(copy)) {
                assertEquals(snapshot.state(), again.state());
                assertEquals(-1, snapshot.memory().mismatch(again.memory()));
            }
        }
        assertEquals(-1, Arrays.mismatch(bytes, Files.readAllBytes(copy)));
    }

    @Test
    void haveHolesWhereMemoryIsZero() throws IOException {
        assertTrue(bytes.length > 4 << 20, bytes.length + " bytes");
        long blocks = ((Number) Files.getAttribute(saved, "unix:size")).longValue();
        assertEquals(bytes.length, blocks);
        assertEquals(2, SnapshotFile.read(saved).pages().cardinality());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "not a snapshot", "KVM4JSNP", "KVM4JSNQ 0123456789 0123456789 0123"})
    void ofAnotherKindAreRefused(String content) throws IOException {
        Path file = Files.writeString(folder.resolve("other"), content);
        var refusal = assertThrows(SnapshotException.class, () -> Snapshot.load(file));
        assertTrue(refusal.getMessage().contains(file.toString()), refusal.getMessage());
    }

    @Test
    void thatAreCutOffAreRefused() throws IOException {
        Random random = new Random(4);
        for (int round = 0; round < 60; round++) {
            int length = round < 50 ? random.nextInt(8192) : random.nextInt(bytes.length);
            Path file = Files.write(folder.resolve("cut"), Arrays.copyOf(bytes, length));
            assertThrows(SnapshotException.class, () -> SnapshotFile.read(file), length + " bytes");
        }
    }

    @Test
    void whoseStateIsDamagedAreRefused() throws IOException {
        long end = SnapshotFile.read(saved).memoryOffset();
        Random random = new Random(5);
        int described = lastByteOf((int) end);
        for (int round = 0; round < 200; round++) {
            byte[] damaged = Arrays.copyOf(bytes, (int) end + (4 << 20));
            damaged[random.nextInt(described)] ^= (byte) (1 << random.nextInt(8));
            Path file = Files.write(folder.resolve("damaged"), damaged);
            assertThrows(SnapshotException.class, () -> SnapshotFile.read(file));
        }
    }

    private static int lastByteOf(int end) {
        int last = end;
        while (bytes[last - 1] == 0) {
            last--;
        }
        return last;
    }

    /** In a page that has something in it, and in holes before, between and behind those. */
    @ParameterizedTest
    @ValueSource(ints = {0x30_0009, 0, 0x20_0000, 0x30_1000, 0x3f_ffff})
    void whoseMemoryIsDamagedAreFoundOut(int gpa) throws IOException {
        SnapshotFile file = SnapshotFile.read(saved);
        byte[] damaged = bytes.clone();
        damaged[(int) file.memoryOffset() + gpa] ^= 1;
        Path path = Files.write(folder.resolve("memory"), damaged);
        var refusal = assertThrows(SnapshotException.class, () -> SnapshotFile.read(path).verify());
        assertTrue(refusal.getMessage().contains("memory"), refusal.getMessage());
    }

    @Test
    void areOnTheirDiskBeforeTheyHaveTheirName() throws Exception {
        Path place = Files.createDirectory(folder.resolve("forced")).resolve("machine");
        Path events = folder.resolve("forced.jfr");
        try (Recording recording = new Recording();
                Snapshot snapshot = Snapshot.load(saved)) {
            recording.enable("jdk.FileForce").withoutThreshold();
            recording.start();
            snapshot.save(place);
            recording.stop();
            recording.dump(events);
        }
        List<Path> forced =
                RecordingFile.readAllEvents(events).stream()
                        .map(event -> Path.of(event.getString("path")))
                        .filter(path -> path.startsWith(place.getParent()))
                        .toList();
        assertEquals(2, forced.size(), forced::toString);
        assertTrue(forced.getFirst().toString().endsWith(".snapshot"), forced::toString);
        assertEquals(place.getParent(), forced.getLast());
    }

    /** As many a program copies them. */
    @Test
    void areSoundWithoutHoles() throws IOException {
        SnapshotFile.read(Files.write(folder.resolve("filled"), bytes)).verify();
    }

    @Test
    @Tag("smp")
    void thatAreReplacedMeanwhileAreOneOrTheOther() throws Exception {
        Path file = folder.resolve("replaced");
        // more devices make the state longer, and put memory elsewhere
        List<MachineBuilder> machines = List.of(machine(), machine().pc());
        List<Snapshot> snapshots = new ArrayList<>();
        for (MachineBuilder builder : machines) {
            try (Machine machine = builder.build()) {
                snapshots.add(machine.snapshot());
            }
        }
        snapshots.getFirst().save(file);
        try (ExecutorService writer = Executors.newSingleThreadExecutor()) {
            Future<?> writing =
                    writer.submit(
                            () -> {
                                for (int i = 0; i < 500; i++) {
                                    snapshots.get(i % 2).save(file);
                                }
                                return null;
                            });
            while (!writing.isDone()) {
                try (Snapshot loaded = Snapshot.load(file)) {
                    int content = loaded.memory().get(ValueLayout.JAVA_INT, 0x30_0008);
                    assertEquals(0x1234_5678, content);
                    SnapshotFile.read(file).verify();
                }
            }
            writing.get();
        }
        snapshots.forEach(Snapshot::close);
    }

    /** SIGBUS in an instruction that is not Java's own would end the process. */
    @Test
    void thatAreCutOffLaterEndNoProcess() throws IOException {
        Path file = Files.write(folder.resolve("shrinking"), bytes);
        Path copy = folder.resolve("copy-of-shrinking");
        SnapshotFile whole = SnapshotFile.read(file);
        try (Snapshot snapshot = Snapshot.load(file);
                Machine fork = snapshot.fork(b -> b.timeLimit(LIMIT))) {
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                channel.truncate(whole.memoryOffset());
            }
            assertThrows(SnapshotException.class, whole::verify);
            assertThrows(IOException.class, () -> snapshot.save(copy));
            assertFalse(Files.exists(copy));
            Outcome outcome = fork.run();
            assertNotEquals(new Outcome.Exited(7), outcome);
            assertFalse(outcome.describe().contains("unsafe"), outcome::describe);
        }
    }

    @Test
    void sayWhatAHostLacks() throws IOException {
        MachineState state = SnapshotFile.read(saved).state();
        CpuId host;
        try (Kvm kvm = Kvm.open()) {
            host = kvm.supportedCpuId();
        }
        HostFit.require(host, state);
        CpuIdEntry features = host.find(1, 0).orElseThrow();
        CpuId poorer =
                host.with(features.withAnswer(features.eax(), features.ebx(), features.ecx(), 0));
        var refusal = assertThrows(SnapshotException.class, () -> HostFit.require(poorer, state));
        assertTrue(refusal.getMessage().endsWith(" of leaf 0x1.0 EDX"), refusal.getMessage());
        CpuIdEntry vendor = host.find(0, 0).orElseThrow();
        CpuId other = host.with(vendor.withAnswer(vendor.eax(), 1, 2, 3));
        assertThrows(SnapshotException.class, () -> HostFit.require(other, state));
    }
}
