package kvm4j.kvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.kvm.msr.MsrExitReason;
import kvm4j.kvm.msr.MsrFilter;
import kvm4j.kvm.msr.Msrs;
import kvm4j.kvm.msr.UnsupportedMsrException;
import kvm4j.x86.Msr;

import org.junit.jupiter.api.Test;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Set;

@NeedsKvm
class MsrTest {

    private static final int SYSENTER_CS = 0x174;
    private static final int SYSENTER_ESP = 0x175;
    private static final int NO_SUCH_MSR = 0x12345678;

    /** mov $0x12345678, %ecx; rdmsr; wrmsr; hlt. */
    private static final String READ_WRITE_UNKNOWN = "66 b9 78 56 34 12 0f 32 0f 30 f4";

    /** mov $0x174, %ecx; rdmsr; hlt. */
    private static final String READ_SYSENTER_CS = "66 b9 74 01 00 00 0f 32 f4";

    @Test
    void theMsrsToSaveCanBeRead() {
        try (TestGuest guest = TestGuest.of("f4")) {
            int[] indices = guest.kvm().msrIndices();
            assertTrue(indices.length > 10);
            assertTrue(Arrays.stream(indices).anyMatch(index -> index == SYSENTER_CS));
        }
    }

    @Test
    void setsAndGets() {
        try (TestGuest guest = TestGuest.of("f4")) {
            Msrs msrs = guest.vcpu().msrs();
            msrs.set(SYSENTER_ESP, 0x1234_5678);
            assertEquals(0x1234_5678, msrs.get(SYSENTER_ESP));
            msrs.setAll(List.of(new Msr(SYSENTER_CS, 8), new Msr(SYSENTER_ESP, 0x9000)));
            assertEquals(
                    List.of(new Msr(SYSENTER_ESP, 0x9000), new Msr(SYSENTER_CS, 8)),
                    msrs.getAll(SYSENTER_ESP, SYSENTER_CS));
        }
    }

    @Test
    void moreThanOneCallCarriesGoInSeveral() {
        try (TestGuest guest = TestGuest.of("f4")) {
            Msrs msrs = guest.vcpu().msrs();
            msrs.setAll(Collections.nCopies(600, new Msr(SYSENTER_CS, 0x10)));
            int[] indices = new int[600];
            Arrays.fill(indices, SYSENTER_CS);
            assertEquals(
                    Collections.nCopies(600, new Msr(SYSENTER_CS, 0x10)), msrs.getAll(indices));
        }
    }

    @Test
    void namesTheMsrThatIsRefused() {
        try (TestGuest guest = TestGuest.of("f4")) {
            Msrs msrs = guest.vcpu().msrs();
            var read =
                    assertThrows(
                            UnsupportedMsrException.class,
                            () -> msrs.getAll(SYSENTER_CS, NO_SUCH_MSR));
            assertEquals(NO_SUCH_MSR, read.index());
            assertTrue(read.getMessage().contains("0x12345678"), read::getMessage);
            var written =
                    assertThrows(UnsupportedMsrException.class, () -> msrs.set(NO_SUCH_MSR, 1));
            assertEquals(NO_SUCH_MSR, written.index());
        }
    }

    @Test
    void featureMsrsCanBeListedAndRead() {
        try (Kvm kvm = Kvm.open()) {
            TestGuest.assume(kvm, Capability.GET_MSR_FEATURES);
            int[] indices = kvm.featureMsrIndices();
            List<Msr> values = kvm.featureMsrs(indices);
            assertEquals(indices.length, values.size());
        }
    }

    @Test
    void unknownMsrsExitToUserSpace() {
        try (TestGuest guest = TestGuest.of(READ_WRITE_UNKNOWN)) {
            guest.assume(Capability.X86_USER_SPACE_MSR);
            guest.vm().exitOnMsr(MsrExitReason.UNKNOWN, MsrExitReason.INVALID);
            var read = assertInstanceOf(VmExit.MsrRead.class, guest.run());
            assertEquals(NO_SUCH_MSR, read.index());
            assertEquals(1, read.reasons().size());
            guest.vcpu().exit().setMsrValue(0x1111_2222_3333_4444L);
            var write = assertInstanceOf(VmExit.MsrWrite.class, guest.run());
            assertEquals(NO_SUCH_MSR, write.index());
            assertEquals(0x1111_2222_3333_4444L, write.value());
            guest.runToHalt();
        }
    }

    @Test
    void filteredMsrsExitToUserSpace() {
        try (TestGuest guest = TestGuest.of(READ_SYSENTER_CS)) {
            guest.assume(Capability.X86_MSR_FILTER);
            guest.vm().exitOnMsr(MsrExitReason.FILTER);
            guest.vm()
                    .setMsrFilter(
                            new MsrFilter(
                                    MsrFilter.Default.ALLOW,
                                    List.of(
                                            MsrFilter.Range.deny(
                                                    MsrFilter.Direction.READ_WRITE,
                                                    SYSENTER_CS,
                                                    1))));
            assertEquals(
                    new VmExit.MsrRead(SYSENTER_CS, Set.of(MsrExitReason.FILTER)), guest.run());
            guest.vcpu().exit().setMsrValue(0xabcd);
            guest.runToHalt();
            assertEquals(0xabcd, guest.vcpu().registers().rax());
        }
    }

    @Test
    void aFilterCanBeTakenBack() {
        try (TestGuest guest = TestGuest.of(READ_SYSENTER_CS)) {
            guest.assume(Capability.X86_MSR_FILTER);
            guest.vm().exitOnMsr(MsrExitReason.FILTER);
            var deny = MsrFilter.Range.deny(MsrFilter.Direction.READ, SYSENTER_CS, 1);
            guest.vm().setMsrFilter(new MsrFilter(MsrFilter.Default.ALLOW, List.of(deny)));
            guest.vm().setMsrFilter(MsrFilter.ALLOW_ALL);
            guest.runToHalt();
        }
    }

    @Test
    void filtersThatCannotBeAreRefused() {
        assertThrows(
                IllegalArgumentException.class,
                () -> new MsrFilter(MsrFilter.Default.DENY, List.of()));
        assertThrows(
                IllegalArgumentException.class,
                () -> MsrFilter.Range.deny(MsrFilter.Direction.READ, 0, 0));
        assertThrows(
                IllegalArgumentException.class,
                () -> MsrFilter.Range.deny(MsrFilter.Direction.READ, 0, 12289));
        var range = MsrFilter.Range.deny(MsrFilter.Direction.READ, 0, 1);
        assertThrows(
                IllegalArgumentException.class,
                () -> new MsrFilter(MsrFilter.Default.ALLOW, Collections.nCopies(17, range)));
    }
}
