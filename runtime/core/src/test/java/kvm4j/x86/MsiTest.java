package kvm4j.x86;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MsiTest {

    @Test
    void aMessageHasItsProcessorAndItsVector() {
        assertEquals(new Msi(0xfee0_3000L, 0x51), Msi.fixed(3, 0x51));
        assertEquals(new Msi(0xfeef_f000L, 0xff), Msi.fixed(255, 255));
    }

    @ParameterizedTest
    @CsvSource({"256, 0x51", "-1, 0x51", "0, 15", "0, 256"})
    void aMessageThatCannotBeIsRefused(int apicId, String vector) {
        int number = Integer.decode(vector);
        assertThrows(IllegalArgumentException.class, () -> Msi.fixed(apicId, number));
    }

    @ParameterizedTest
    @CsvSource({"0x051, false", "0x151, false", "0x200, true", "0x400, true", "0x500, true"})
    void someReachAProcessorThatHasInterruptsOff(String data, boolean unmaskable) {
        assertEquals(unmaskable, new Msi(0xfee0_0000L, Integer.decode(data)).isUnmaskable());
    }
}
