package kvm4j.x86;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.bindings.kvm.KvmUapi;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.lang.reflect.Method;
import java.util.Map;
import java.util.Random;

class HardwareExitTest {

    @ParameterizedTest
    @CsvSource({
        "0, EXCEPTION_NMI",
        "10, CPUID",
        "20, VMLAUNCH",
        "24, VMRESUME",
        "26, VMXOFF",
        "27, VMXON",
        "30, IO_INSTRUCTION",
        "48, EPT_VIOLATION",
        "50, INVEPT",
        "53, INVVPID",
    })
    void reasonsOfVmxHaveTheNamesOfTheManual(int code, String name) {
        assertEquals(name, new VmxExit(code).name());
    }

    @ParameterizedTest
    @CsvSource({
        "0x10, VMEXIT_CR0_WRITE",
        "0x4e, VMEXIT_EXCP_PF",
        "0x60, VMEXIT_INTR",
        "0x7b, VMEXIT_IOIO",
        "0x80, VMEXIT_VMRUN",
        "0x400, VMEXIT_NPF",
        "-1, VMEXIT_INVALID",
    })
    void codesOfSvmHaveTheNamesOfTheManual(String code, String name) {
        assertEquals(name, new SvmExit(Long.decode(code)).name());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "30 | 0x03f80000 | OUT, 1 byte, port 0x3f8",
                "30 | 0x0060000b | IN, 4 bytes, port 0x60",
                "30 | 0x03f80031 | REP OUTS, 2 bytes, port 0x3f8",
                "28 | 0x300 | MOV CR0, RBX",
                "28 | 0x813 | MOV R8, CR3",
                "28 | 0x20 | CLTS",
                "28 | 0x00010030 | LMSW 0x1",
                "29 | 0x007 | MOV DR7, RAX",
                "48 | 0x182 | write",
                "48 | 0x184 | fetch",
                "48 | 0x181 | read",
                "14 | 0x1000 | address 0x1000",
                "10 | 0 | ''",
                "999 | 0xffff | ''",
            })
    void theQualificationOfVmxIsReadable(int code, String qualification, String words) {
        assertEquals(words, new VmxExit(code).describe(Long.decode(qualification), 0));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "0x7b | 0x03f80010 | 0 | OUT, 1 byte, port 0x3f8",
                "0x7b | 0x00600041 | 0 | IN, 4 bytes, port 0x60",
                "0x7b | 0x03f8002c | 0 | REP OUTS, 2 bytes, port 0x3f8",
                "0x7c | 1 | 0 | WRMSR",
                "0x7c | 0 | 0 | RDMSR",
                "0x400 | 0x100000006 | 0xfee00000 | write, GPA 0xfee00000",
                "0x4e | 0x14 | 0x1000 | fetch, address 0x1000",
                "0x10 | -0x7ffffffffffffffd | 0 | MOV CR0, RBX",
                "0x10 | 0 | 0 | ''",
            })
    void theInformationOfSvmIsReadable(String code, String info1, String info2, String words) {
        assertEquals(
                words,
                new SvmExit(Long.decode(code)).describe(Long.decode(info1), Long.decode(info2)));
    }

    @Test
    void anEntryThatFailedIsNamed() {
        VmxExit exit = new VmxExit(0x8000_0021);
        assertTrue(exit.isEntryFailure());
        assertEquals("INVALID_STATE FAILED_VMENTRY", exit.name());
        assertEquals(33, exit.code());
    }

    @Test
    void whatIsNotKnownIsANumber() {
        assertEquals("exit reason 35", new VmxExit(35).name());
        assertEquals("", new VmxExit(35).meaning());
        assertEquals("exit code 0x9999", new SvmExit(0x9999).name());
        assertFalse(new VmxExit(35).isEntryFailure());
    }

    /** The headers call two by names that the manual has not. */
    @Test
    void namesAndNumbersOfVmxAreThoseOfTheKernelsHeaders() throws ReflectiveOperationException {
        Map<String, String> ofTheManual = Map.of("VMON", "VMXON", "VMOFF", "VMXOFF");
        for (Method constant : KvmUapi.class.getMethods()) {
            if (constant.getName().startsWith("EXIT_REASON_")) {
                String name = constant.getName().substring("EXIT_REASON_".length());
                int code = (int) constant.invoke(null);
                assertEquals(ofTheManual.getOrDefault(name, name), new VmxExit(code).name());
            }
        }
    }

    @Test
    void allOfTheKernelsHeadersForSvmIsKnown() throws ReflectiveOperationException {
        for (Method constant : KvmUapi.class.getMethods()) {
            if (constant.getName().startsWith("SVM_EXIT_")
                    && !constant.getName().equals("SVM_EXIT_SW")) {
                long code = ((Number) constant.invoke(null)).longValue();
                assertFalse(new SvmExit(code).meaning().isEmpty(), constant.getName());
            }
        }
    }

    /** The guest chooses some of this, and a newer processor the rest. */
    @Test
    void anyNumbersAreDescribed() {
        Random random = new Random(5);
        for (int i = 0; i < 100_000; i++) {
            long info1 = random.nextLong() >> random.nextInt(64);
            long info2 = random.nextLong() >> random.nextInt(64);
            HardwareExit vmx = new VmxExit(random.nextInt() >> random.nextInt(32));
            HardwareExit svm = new SvmExit(random.nextLong() >> random.nextInt(64));
            for (HardwareExit exit : new HardwareExit[] {vmx, svm}) {
                assertNotNull(exit.name());
                assertNotNull(exit.meaning());
                assertNotNull(exit.describe(info1, info2));
            }
        }
    }
}
