package kvm4j.x86;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class PrintedRegistersTest {

    @Test
    void valuesAreHexadecimal() {
        String printed = Registers.CLEARED.withRax(-1).withRip(0xfff0).toString();
        assertTrue(printed.startsWith("Registers[rax=0xffffffffffffffff, rbx=0x0, "), printed);
        assertTrue(printed.endsWith("r15=0x0, rip=0xfff0, rflags=0x2]"), printed);
        assertFalse(printed.contains("\n"), printed);
    }

    @Test
    void specialRegistersAndSegmentsToo() {
        String printed = SpecialRegisters.RESET.toString();
        assertTrue(printed.contains("cs=Segment[selector=0xf000, base=0xffff0000, "), printed);
        assertTrue(printed.contains("gdt=DescriptorTable[base=0x0, limit=0xffff]"), printed);
        assertTrue(printed.contains("cr0=0x60000010"), printed);
        assertTrue(printed.endsWith("apicBase=0xfee00900, pendingInterrupt=-1]"), printed);
    }

    @Test
    void modelSpecificRegistersToo() {
        assertEquals("Msr[index=0xc0000080, value=0x500]", new Msr(0xc000_0080, 0x500).toString());
    }
}
