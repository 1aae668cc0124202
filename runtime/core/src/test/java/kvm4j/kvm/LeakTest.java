package kvm4j.kvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.kvm.memory.DirtyLog;
import kvm4j.linux.EventFd;
import kvm4j.linux.LinuxException;
import kvm4j.memory.GuestMemory;
import kvm4j.x86.Registers;
import kvm4j.x86.Segment;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Descriptors and mappings are as before, however often machines come and go. */
@NeedsKvm
class LeakTest {

    private static final int ROUNDS = 100;
    private static final long MEMORY = 64L << 20;

    /** What this process holds of the kernel. */
    private record Held(long descriptors, long kvmMappings, long addressSpace) {

        static Held now() throws IOException {
            try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"));
                    Stream<String> mappings = Files.lines(Path.of("/proc/self/maps"))) {
                String pages = Files.readString(Path.of("/proc/self/statm")).split(" ")[0];
                return new Held(
                        descriptors.filter(Held::isOfKvm).count(),
                        mappings.filter(mapping -> mapping.contains("anon_inode:kvm")).count(),
                        Long.parseLong(pages) * 4096);
            }
        }

        private static boolean isOfKvm(Path descriptor) {
            try {
                String target = Files.readSymbolicLink(descriptor).toString();
                return target.contains("kvm") || target.contains("eventfd");
            } catch (IOException closedMeanwhile) {
                return false;
            }
        }
    }

    private static void assertNothingLeaks(Runnable round) throws IOException {
        round.run();
        Held before = Held.now();
        for (int i = 0; i < ROUNDS; i++) {
            round.run();
        }
        Held after = Held.now();
        assertEquals(before.descriptors, after.descriptors);
        assertEquals(before.kvmMappings, after.kvmMappings);
        // the JVM's own ups and downs are small beside what the guests had
        assertTrue(
                after.addressSpace - before.addressSpace < ROUNDS * MEMORY / 10,
                () -> before + " became " + after);
    }

    @Test
    void machinesComeAndGo() throws IOException {
        assertNothingLeaks(
                () -> {
                    try (GuestMemory memory = GuestMemory.ofSize(MEMORY);
                            Kvm kvm = Kvm.open();
                            Vm vm = kvm.createVm()) {
                        vm.map(memory);
                        memory.putByte(TestGuest.ENTRY, (byte) 0xf4);
                        Vcpu vcpu = vm.createVcpu(0);
                        vcpu.setSpecialRegisters(
                                vcpu.specialRegisters()
                                        .withCode(Segment.realModeCode(0))
                                        .withData(Segment.realMode(0)));
                        vcpu.setRegisters(Registers.CLEARED.withRip(TestGuest.ENTRY));
                        assertEquals(ExitReason.HLT, vcpu.run());
                    }
                });
    }

    @Test
    @SuppressWarnings("try") // the order of closing is what is tested
    void theOrderOfClosingDoesNotMatter() throws IOException {
        assertNothingLeaks(
                () -> {
                    GuestMemory memory = GuestMemory.ofSize(MEMORY);
                    Kvm kvm = Kvm.open();
                    Vm vm = kvm.createVm();
                    kvm.close();
                    vm.map(memory);
                    memory.close();
                    Vcpu vcpu = vm.createVcpu(0);
                    Vcpu other = vm.createVcpu(1);
                    vcpu.close();
                    vcpu.close();
                    vm.close();
                    other.close();
                    vm.close();
                    assertThrows(IllegalStateException.class, kvm::createVm);
                    assertThrows(IllegalStateException.class, () -> vm.createVcpu(2));
                    assertThrows(IllegalStateException.class, other::registers);
                });
    }

    @Test
    void refusalsLeaveNothingBehind() throws IOException {
        assertNothingLeaks(
                () -> {
                    try (GuestMemory memory = GuestMemory.ofSize(MEMORY);
                            GuestMemory overlapping = GuestMemory.ofSize(MEMORY);
                            Kvm kvm = Kvm.open();
                            Vm vm = kvm.createVm()) {
                        vm.map(memory);
                        vm.createVcpu(0);
                        assertThrows(LinuxException.class, () -> vm.map(overlapping));
                        assertThrows(LinuxException.class, () -> vm.createVcpu(0));
                    }
                });
    }

    @Test
    void whatIsAttachedComesAndGoes() throws IOException {
        assertNothingLeaks(
                () -> {
                    try (TestGuest guest = TestGuest.of("f4");
                            EventFd eventFd = EventFd.create();
                            DirtyLog log = guest.slot().logDirtyPages()) {
                        log.fetch();
                        guest.vm().attach(Doorbell.port(0xf4, 1), eventFd);
                        for (Statistics statistics :
                                List.of(guest.vm().statistics(), guest.vcpu().statistics())) {
                            statistics.close();
                        }
                    }
                });
    }
}
