package kvm4j.cli.doctor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.List;

class FeatureRegisterTest {

    /** As of a Core i7 of the fourth generation. */
    @Test
    void controlsAreFixedAvailableOrMissing() {
        FeatureRegister pins = VmxRegister.PINBASED_CTLS.decode(0x0000_007f_0000_0016L);
        assertEquals("IA32_VMX_PINBASED_CTLS", pins.name());
        assertEquals("0x481", pins.index());
        assertEquals("0x0000007f00000016", pins.value());
        assertEquals(
                List.of(
                        "external-interrupt exiting",
                        "NMI exiting",
                        "virtual NMIs",
                        "VMX-preemption timer"),
                pins.available());
        assertEquals(List.of(), pins.fixed());
        assertEquals(List.of("posted interrupts"), pins.missing());

        FeatureRegister primary = VmxRegister.PROCBASED_CTLS.decode(0xfff9_fffe_0401_e172L);
        assertEquals(List.of("CR3-load exiting", "CR3-store exiting"), primary.fixed());
        assertTrue(primary.available().contains("secondary controls"));
        assertEquals(List.of("tertiary controls"), primary.missing());
    }

    @Test
    void numbersAreInWords() {
        assertEquals(
                "VMCS revision 0x12, 1024 bytes, memory type write-back",
                VmxRegister.BASIC.decode(0x00da_0400_0000_0012L).numbers());
        assertEquals(
                "preemption timer ticks every 32 TSC ticks, 4 CR3 targets, 512 MSRs to load or"
                        + " store",
                VmxRegister.MISC.decode(0x3004_81e5L).numbers());
    }

    @Test
    void abilitiesOfExtendedPageTables() {
        FeatureRegister ept = VmxRegister.EPT_VPID_CAP.decode(0x0000_0f01_0633_4141L);
        assertTrue(
                ept.available()
                        .containsAll(
                                List.of(
                                        "execute-only pages",
                                        "2 MiB pages",
                                        "1 GiB pages",
                                        "INVVPID")));
        assertTrue(ept.missing().contains("page walks of 5 levels"));
    }

    @ParameterizedTest
    @EnumSource
    void everyBitIsInOneList(VmxRegister register) {
        FeatureRegister none = register.decode(0);
        FeatureRegister all = register.decode(-1);
        assertEquals(List.of(), none.available());
        assertEquals(List.of(), none.fixed());
        assertEquals(List.of(), all.missing());
        assertEquals(none.missing().size(), all.available().size() + all.fixed().size());
    }

    /** As of an EPYC of the third generation. */
    @Test
    void featuresOfSvm() {
        FeatureRegister svm = SvmFeatures.decode(1, 32_768, 0x119b_bcff);
        assertEquals("0x8000000a", svm.index());
        assertEquals("revision 1, 32768 ASIDs", svm.numbers());
        assertTrue(svm.available().containsAll(List.of("nested paging", "AVIC", "virtual GIF")));
        assertTrue(svm.missing().contains("x2AVIC"));
    }
}
