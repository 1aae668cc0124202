package kvm4j.claims;

import static org.junit.jupiter.api.Assertions.assertEquals;

import kvm4j.guests.Guest;
import kvm4j.kvm.ExitReason;
import kvm4j.kvm.NeedsKvm;
import kvm4j.kvm.Vcpu;
import kvm4j.x86.Bytes;
import kvm4j.x86.DebugRegisters;
import kvm4j.x86.Registers;
import kvm4j.x86.VcpuState;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.List;
import java.util.function.Consumer;

/**
 * Claim: each vCPU has a guest state of its own (in the guest-state area of its VMCS, and beside
 * it), which can be read whole, and given to another vCPU that goes on from there. Shown by a guest
 * that has all its registers in use at the exit after which it goes on elsewhere, and which notices
 * if one of them is not as it was.
 */
@NeedsKvm
class StateTransferTest {

    private static final int EXIT_PORT = 0x80;
    private static final long ROUNDS = 12;
    private static final long SEED = 0x5eed;
    private static final long WITH_X87 = 1;

    /** Where the guest keeps what it expects in its registers, and in which order: see keep.S. */
    private static final long EXPECTED = Guest.COUNTERS + 0x100;

    private static final int CR2 = 15;
    private static final int XMM = 16;
    private static final int DR = 48;
    private static final int MSR = 52;
    private static final int X87 = 62;
    private static final List<Integer> MSRS =
            List.of(
                    0xc000_0081,
                    0xc000_0082,
                    0xc000_0083,
                    0xc000_0084,
                    0xc000_0100,
                    0xc000_0101,
                    0xc000_0102,
                    0x174,
                    0x175,
                    0x176);

    private static final int FS_BASE = 4;
    private static final int GS_BASE = 5;

    private static DrivenGuest keeping(int processors) {
        VendorModule.ofThisHost(); // KVM's instruction emulator has no x87
        return DrivenGuest.of(Guest.KEEP, processors, ROUNDS, SEED, 10, WITH_X87);
    }

    /** Runs a guest to the exit that it makes with all registers in use, for the nth time. */
    private static void runToExit(Vcpu vcpu, int times) {
        for (int i = 0; i < times; i++) {
            assertEquals(ExitReason.IO, vcpu.run());
            assertEquals(EXIT_PORT, vcpu.exit().ioPort());
        }
    }

    private static int exitCodeOf(Vcpu vcpu) {
        try (GuestThread thread = GuestThread.start(vcpu)) {
            return thread.await();
        }
    }

    /** The guest's memory and its processor's state, into another VM. */
    private static void copy(DrivenGuest from, DrivenGuest to) {
        VcpuState state = from.vcpu(0).saveState();
        to.memory().write(0, from.memory().read(0, (int) DrivenGuest.MEMORY_SIZE));
        to.vcpu(0).restoreState(state);
    }

    private static long expected(DrivenGuest guest, int number) {
        return guest.memory().getLong(EXPECTED + (long) number * Long.BYTES);
    }

    @Test
    void whatIsReadIsWhatTheGuestPutThere() {
        try (DrivenGuest guest = keeping(1)) {
            runToExit(guest.vcpu(0), 3);
            VcpuState state = guest.vcpu(0).saveState();
            Registers registers = state.registers();
            assertEquals(expected(guest, 0), registers.rax());
            assertEquals(expected(guest, 6), registers.rsp());
            assertEquals(expected(guest, 14), registers.r15());
            assertEquals(expected(guest, CR2), state.specialRegisters().registers().cr2());
            DebugRegisters debug = state.debugRegisters();
            assertEquals(expected(guest, DR), debug.dr0());
            assertEquals(expected(guest, DR + 3), debug.dr3());
            var special = state.specialRegisters().registers();
            assertEquals(expected(guest, MSR + FS_BASE), special.fs().base());
            assertEquals(expected(guest, MSR + GS_BASE), special.gs().base());
            for (int i = 0; i < MSRS.size(); i++) {
                if (i != FS_BASE && i != GS_BASE) { // those are the segments'
                    assertEquals(
                            expected(guest, MSR + i),
                            state.msr(MSRS.get(i)).orElseThrow(),
                            "MSR " + i);
                }
            }
            List<Bytes> xmm = guest.vcpu(0).extendedState().fpu().xmm();
            for (int i = 0; i < xmm.size(); i++) {
                assertEquals((int) expected(guest, XMM + 2 * i), xmm.get(i).intAt(0));
                assertEquals((int) expected(guest, XMM + 2 * i + 1), xmm.get(i).intAt(8));
            }
        }
    }

    @Test
    void aGuestGoesOnInAnotherVm() {
        try (DrivenGuest guest = keeping(1);
                DrivenGuest other = DrivenGuest.empty(1)) {
            runToExit(guest.vcpu(0), 5);
            copy(guest, other);
            assertEquals(0, exitCodeOf(other.vcpu(0)));
            assertEquals(ROUNDS, other.memory().getLong(Guest.COUNTERS));
            assertEquals(4, guest.memory().getLong(Guest.COUNTERS), "the original stands still");
            assertEquals(0, exitCodeOf(guest.vcpu(0)));
            assertEquals(ROUNDS, guest.memory().getLong(Guest.COUNTERS));
        }
    }

    @Test
    void aGuestGoesOnInAnotherVcpuOfItsVm() {
        try (DrivenGuest guest = keeping(2)) {
            runToExit(guest.vcpu(0), 5);
            guest.vcpu(1).restoreState(guest.vcpu(0).saveState());
            assertEquals(0, exitCodeOf(guest.vcpu(1)));
            assertEquals(ROUNDS, guest.memory().getLong(Guest.COUNTERS));
        }
    }

    @Test
    void aGuestGoesOnHoweverOftenItMoves() {
        try (DrivenGuest here = keeping(1);
                DrivenGuest there = DrivenGuest.empty(1)) {
            runToExit(here.vcpu(0), 1);
            for (int i = 1; i < ROUNDS; i += 2) {
                copy(here, there);
                runToExit(there.vcpu(0), 1);
                copy(there, here);
                if (i + 1 < ROUNDS) {
                    runToExit(here.vcpu(0), 1);
                }
            }
            assertEquals(0, exitCodeOf(here.vcpu(0)));
            assertEquals(ROUNDS, here.memory().getLong(Guest.COUNTERS));
        }
    }

    /** What may be lost on the way, and the number of the value by which the guest notices. */
    private enum Loss {
        GENERAL_REGISTER(14, vcpu -> vcpu.setRegisters(vcpu.registers().withR15(0))),
        VECTOR_REGISTER(
                XMM + 2,
                vcpu -> {
                    var state = vcpu.extendedState();
                    state.setFpu(state.fpu().withXmm(1, Bytes.of(new byte[16])));
                }),
        DEBUG_REGISTER(
                DR + 1,
                vcpu -> {
                    DebugRegisters all = vcpu.debugRegisters();
                    vcpu.setDebugRegisters(
                            new DebugRegisters(
                                    all.dr0(), 0, all.dr2(), all.dr3(), all.dr6(), all.dr7()));
                }),
        MODEL_SPECIFIC_REGISTER(MSR + 1, vcpu -> vcpu.msrs().set(MSRS.get(1), 0)),
        X87_REGISTER(
                X87,
                vcpu -> {
                    var state = vcpu.extendedState();
                    int tags = 512; // XSTATE_BV: x87 is in its initial state
                    Bytes xsave = state.xsave();
                    state.setXsave(xsave.withInt(tags, xsave.intAt(tags) & ~1));
                });

        private final int noticed;
        private final Consumer<Vcpu> happen;

        Loss(int noticed, Consumer<Vcpu> happen) {
            this.noticed = noticed;
            this.happen = happen;
        }
    }

    @ParameterizedTest
    @EnumSource
    void aGuestWouldNoticeWhatGotLost(Loss loss) {
        try (DrivenGuest guest = keeping(1);
                DrivenGuest other = DrivenGuest.empty(1)) {
            runToExit(guest.vcpu(0), 5);
            copy(guest, other);
            loss.happen.accept(other.vcpu(0));
            assertEquals(1 + loss.noticed, exitCodeOf(other.vcpu(0)));
        }
    }
}
