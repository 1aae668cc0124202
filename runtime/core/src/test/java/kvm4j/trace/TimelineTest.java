package kvm4j.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.kvm.ExitReason;
import kvm4j.x86.SvmExit;
import kvm4j.x86.VmxExit;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/** From the kernel's pages to a vCPU's life. */
class TimelineTest {

    private static final int THREAD = 77;
    private static final int ENTRY = 1;
    private static final int EXIT = 2;
    private static final int RETURN = 3;
    private static final int SWITCH = 4;
    private static final int INTERRUPT = 5;
    private static final long VMX = 1;
    private static final long SVM = 2;

    @TempDir Path tracefs;

    private final RunLog.Calls calls = new RunLog.Calls(0, THREAD);
    private final PageMaker page = new PageMaker(1000);

    /** Formats like the kernel's, with fields of 8 bytes throughout. */
    @BeforeEach
    void writeFormats() throws IOException {
        format("kvm/kvm_entry", ENTRY, "rip");
        format("kvm/kvm_exit", EXIT, "exit_reason", "guest_rip", "isa", "info1", "info2");
        format("kvm/kvm_userspace_exit", RETURN, "reason", "errno");
        format("sched/sched_switch", SWITCH, "prev_pid", "prev_state", "next_pid");
        format("kvm/kvm_inj_virq", INTERRUPT, "vector");
    }

    private void format(String event, int id, String... fields) throws IOException {
        StringBuilder text = new StringBuilder("name: x\nID: " + id + "\nformat:\n");
        text.append("\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n");
        text.append("\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n");
        for (int i = 0; i < fields.length; i++) {
            text.append(
                    "\tfield:unsigned long %s;\toffset:%d;\tsize:8;\tsigned:0;\n"
                            .formatted(fields[i], 8 + 8 * i));
        }
        Path folder = Files.createDirectories(tracefs.resolve("events/" + event));
        Files.writeString(folder.resolve("format"), text);
    }

    private void event(long delta, int type, long... fields) {
        page.record(delta, PageMaker.event(type, THREAD, fields));
    }

    private Timeline timeline(MemorySegment pages) {
        TimelineBuilder builder = new TimelineBuilder(List.of(calls));
        EventDecoder decoder = new EventDecoder(new CallNames(), builder);
        decoder.knowFormats(new TraceFs(tracefs));
        builder.merge(decoder, List.of(new CpuTrace(3, pages, PageLayout.USUAL)));
        return builder.finish(Instant.EPOCH, 900, List.of());
    }

    /** One exit that the kernel handles, one for user space; 10 ns or more each. */
    private void aShortLife() {
        calls.add(1000, RunLog.Calls.CALL);
        event(10, ENTRY, 0x1000); // 1010
        event(100, EXIT, 10, 0x1001, VMX, 0, 0); // 1110
        event(20, ENTRY, 0x1003); // 1130
        event(200, EXIT, 30, 0x1004, VMX, 0x03f8_0000, 0); // 1330
        event(30, RETURN, 2, 0); // 1360
        calls.add(1365, ExitReason.IO.ordinal());
        calls.add(1400, RunLog.Calls.CALL);
        event(60, ENTRY, 0x1005); // 1420
        event(300, EXIT, 12, 0x1006, VMX, 0, 0); // 1720
        event(40, RETURN, 5, 0); // 1760
        calls.add(1770, ExitReason.HLT.ordinal());
    }

    @Test
    void roundsHaveTheirTimesAndReasons() {
        aShortLife();
        Rounds rounds = timeline(page.page()).vcpus().getFirst().rounds();
        assertEquals(3, rounds.count());
        assertEquals(1010, rounds.entry(0));
        assertEquals(1110, rounds.exit(0));
        assertEquals(Optional.of(new VmxExit(10)), rounds.reason(0));
        assertEquals(Optional.empty(), rounds.returned(0));
        assertEquals(Rounds.UNSEEN, rounds.handedOver(0));
        assertEquals(Optional.of(new VmxExit(30)), rounds.reason(1));
        assertEquals(Optional.of(ExitReason.IO), rounds.returned(1));
        assertEquals(1360, rounds.handedOver(1));
        assertEquals(1400, rounds.calledAgain(1));
        assertEquals(0x1004, rounds.rip(1));
        assertEquals(0x03f8_0000, rounds.information(1));
        assertEquals(3, rounds.hostCpu(1));
        assertEquals(Rounds.UNSEEN, rounds.calledAgain(2));
    }

    @Test
    void theTimesAddUp() {
        aShortLife();
        VcpuTimeline life = timeline(page.page()).vcpus().getFirst();
        assertEquals(new WorldTimes(760, 600, 10 + 20 + 30 + 20 + 40, 40, 0, 0), life.times());
        assertEquals(0, life.times().unknown());
        assertEquals(2, life.forwarded());
        assertEquals(2, life.received());
    }

    @Test
    void aThreadWithoutAProcessorIsNeitherInTheKernelNorInUserSpace() {
        calls.add(1000, RunLog.Calls.CALL);
        event(10, ENTRY, 0x1000); // 1010
        event(100, EXIT, 1, 0x1001, VMX, 0, 0); // 1110
        event(10, SWITCH, THREAD, 0, 5); // 1120
        page.record(30, PageMaker.event(SWITCH, 5, 5, 1, THREAD)); // 1150
        event(10, ENTRY, 0x1001); // 1160
        event(100, EXIT, 12, 0x1001, VMX, 0, 0); // 1260
        event(10, SWITCH, THREAD, 1, 5); // 1270
        page.record(50, PageMaker.event(SWITCH, 5, 5, 1, THREAD)); // 1320
        event(5, SWITCH, THREAD, 0x100, 5); // 1325
        page.record(20, PageMaker.event(SWITCH, 5, 5, 1, THREAD)); // 1345
        event(5, RETURN, 5, 0); // 1350
        VcpuTimeline life = timeline(page.page()).vcpus().getFirst();
        assertEquals(
                List.of(
                        new Absence(1120, 1150, true),
                        new Absence(1270, 1320, false),
                        new Absence(1325, 1345, true)),
                life.absences());
        assertEquals(new WorldTimes(350, 200, 10 + 20 + 20, 0, 30 + 20, 50), life.times());
        assertEquals(0, life.times().unknown());
    }

    @Test
    void withoutTheKernelThereIsWhatUserSpaceSaw() {
        aShortLife();
        VcpuTimeline life = timeline(MemorySegment.NULL).vcpus().getFirst();
        assertEquals(2, life.rounds().count());
        assertEquals(Rounds.UNSEEN, life.rounds().entry(0));
        assertEquals(1365, life.rounds().handedOver(0));
        assertEquals(1400, life.rounds().calledAgain(0));
        assertEquals(Optional.of(ExitReason.HLT), life.rounds().returned(1));
        assertEquals(0, life.forwarded());
        assertEquals(2, life.received());
        assertEquals(new WorldTimes(770, 0, 735, 35, 0, 0), life.times());
    }

    @Test
    void exitsThatTheKernelDoesNotKnowOfAreNoticed() {
        aShortLife();
        assertTrue(timeline(MemorySegment.NULL).lacksTheKernelsSide());
        assertFalse(timeline(page.page()).lacksTheKernelsSide());
    }

    @Test
    void columnsKeepAllThatCame() {
        LongColumn column = new LongColumn();
        for (int i = 0; i < 20_000; i++) {
            column.add(3L * i);
        }
        column.set(8192, 7);
        assertEquals(20_000, column.size());
        assertEquals(3 * 8191, column.get(8191));
        assertEquals(7, column.get(8192));
        assertEquals(3 * 19_999, column.get(19_999));
        assertThrows(IndexOutOfBoundsException.class, () -> column.get(20_000));
    }

    @Test
    void whatWasLostIsUnknownTime() {
        calls.add(1000, RunLog.Calls.CALL);
        event(10, ENTRY, 0x1000); // 1010, and its exit is lost
        event(500, ENTRY, 0x1000); // 1510
        event(10, EXIT, 12, 0x1000, VMX, 0, 0); // 1520
        event(10, RETURN, 5, 0); // 1530
        VcpuTimeline life = timeline(page.pageAfter(12)).vcpus().getFirst();
        assertEquals(2, life.rounds().count());
        assertEquals(Rounds.UNSEEN, life.rounds().exit(0));
        assertEquals(500, life.times().unknown());
        assertEquals(List.of(new Loss(1000, 3, 12)), timeline(page.pageAfter(12)).losses());
    }

    @Test
    void interruptsAreMoments() {
        event(10, ENTRY, 0x1000);
        event(5, INTERRUPT, 0x20);
        assertEquals(
                List.of(new Moment(1015, Mark.INTERRUPT_INJECTED, "vector 32")),
                timeline(page.page()).vcpus().getFirst().moments());
    }

    @Test
    void svmsNegativeCodesAreRestored() {
        event(10, EXIT, 0xffff_ffffL, 0x1000, SVM, 0, 0);
        event(10, EXIT, 0x8000_0001L, 0x1000, SVM, 0, 0);
        Rounds rounds = timeline(page.page()).vcpus().getFirst().rounds();
        assertEquals(Optional.of(new SvmExit(-1)), rounds.reason(0));
        assertEquals(Optional.of(new SvmExit(0x8000_0001L)), rounds.reason(1));
    }

    @Test
    void theThreadsOfOthersAreNoneOfOurs() {
        page.record(10, PageMaker.event(ENTRY, THREAD + 1, 0x1000));
        assertEquals(0, timeline(page.page()).vcpus().getFirst().rounds().count());
    }

    /** As arm64 has them, without half of the fields. */
    @Test
    void fieldsThatAKernelLacksAreUnknown() throws IOException {
        format("kvm/kvm_entry", ENTRY, "vcpu_pc");
        format("kvm/kvm_exit", EXIT, "ret", "esr_ec", "vcpu_pc");
        event(10, ENTRY, 0x1000);
        event(20, EXIT, 0, 0x16, 0x1000);
        Rounds rounds = timeline(page.page()).vcpus().getFirst().rounds();
        assertEquals(1, rounds.count());
        assertEquals(1010, rounds.entry(0));
        assertEquals(1030, rounds.exit(0));
        assertEquals(0, rounds.rip(0));
    }

    @Test
    void anyPagesMakeATimeline() {
        Random random = new Random(11);
        byte[] bytes = new byte[3 * 4096 + 1000];
        for (int i = 0; i < 500; i++) {
            aShortLifeIn(bytes, random);
            Timeline timeline = timeline(MemorySegment.ofArray(bytes));
            Rounds rounds = timeline.vcpus().getFirst().rounds();
            for (int round = 0; round < rounds.count(); round++) {
                assertTrue(rounds.entry(round) != 0 || rounds.exit(round) != 0);
            }
        }
    }

    /** Pages that begin well, with some bytes changed. */
    private static void aShortLifeIn(byte[] bytes, Random random) {
        for (int start = 0; start + 4096 <= bytes.length; start += 4096) {
            PageMaker page = new PageMaker(start);
            for (int i = 0; i < 40; i++) {
                page.record(
                        random.nextInt(1 << 20),
                        PageMaker.event(1 + random.nextInt(5), THREAD, random.nextLong(4), 1, 1));
            }
            MemorySegment.copy(page.page(), 0, MemorySegment.ofArray(bytes), start, 4096);
        }
        for (int changes = random.nextInt(20); changes > 0; changes--) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
        }
    }
}
