package kvm4j.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import kvm4j.kvm.Kvm;
import kvm4j.kvm.NeedsKvm;
import kvm4j.kvm.Vcpu;
import kvm4j.kvm.Vm;
import kvm4j.memory.GuestMemory;
import kvm4j.x86.Registers;
import kvm4j.x86.Segment;
import kvm4j.x86.SpecialRegisters;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.HexFormat;

@NeedsKvm
class CrashReportTest {

    private static final long TOP = 0x1000;
    private static final long DIRECTORIES = 0x2000;
    private static final long DIRECTORY = 0x3000;
    private static final long TABLE = 0x4000;
    private static final long FIRST = 0x1_0000;
    private static final long SECOND = 0x8000;
    private static final long PRESENT = 1;
    private static final long PAGE = GuestMemory.PAGE_SIZE;

    /** Linear page 0 is at {@link #FIRST}, page 1 at {@link #SECOND}, page 2 nowhere. */
    @ParameterizedTest
    @CsvSource({
        "0xff0, f0 f1 f2 f3 f4 f5 f6 f7 f8 f9 fa fb fc fd fe ff",
        "0xffc, fc fd fe ff 80 81 82 83 84 85 86 87 88 89 8a 8b",
        "0x1ffe, 8e 8f",
        "0x2000, ''"
    })
    void theCodeIsWhatTheGuestSees(String rip, String code) {
        try (Kvm kvm = Kvm.open();
                Vm vm = kvm.createVm();
                GuestMemory memory = GuestMemory.ofSize(0x2_0000)) {
            memory.putLong(TOP, DIRECTORIES | PRESENT);
            memory.putLong(DIRECTORIES, DIRECTORY | PRESENT);
            memory.putLong(DIRECTORY, TABLE | PRESENT);
            memory.putLong(TABLE, FIRST | PRESENT);
            memory.putLong(TABLE + 8, SECOND | PRESENT);
            HexFormat hex = HexFormat.ofDelimiter(" ");
            memory.write(
                    FIRST + PAGE - 16,
                    hex.parseHex("f0 f1 f2 f3 f4 f5 f6 f7 f8 f9 fa fb fc fd fe ff"));
            memory.write(SECOND, hex.parseHex("80 81 82 83 84 85 86 87 88 89 8a 8b"));
            memory.write(SECOND + PAGE - 2, hex.parseHex("8e 8f"));
            vm.map(memory);
            Vcpu vcpu = vm.createVcpu(0);
            vcpu.setCpuId(kvm.supportedCpuId());
            vcpu.enterAt(
                    Registers.CLEARED.withRip(Long.decode(rip)),
                    SpecialRegisters.RESET
                            .withCode(Segment.longModeCode(0x10))
                            .withData(Segment.flatData(0x18))
                            .withControl(
                                    SpecialRegisters.CR0_PE
                                            | SpecialRegisters.CR0_ET
                                            | SpecialRegisters.CR0_PG,
                                    TOP,
                                    SpecialRegisters.CR4_PAE,
                                    SpecialRegisters.EFER_LME | SpecialRegisters.EFER_LMA));
            assertEquals(code, CrashReport.of(vcpu, memory).code());
        }
    }
}
