package kvm4j.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.stream.IntStream;

class ClockFormatTest {

    @ParameterizedTest
    @CsvSource({
        "false, true, 0, 0x00",
        "false, true, 23, 0x23",
        "false, false, 0, 0x12",
        "false, false, 11, 0x11",
        "false, false, 12, 0x92",
        "false, false, 23, 0x91",
        "true, true, 23, 23",
        "true, false, 13, 0x81"
    })
    void hoursAreAsTheDataSheetHasThem(
            boolean isBinary, boolean has24Hours, int hour, int register) {
        assertEquals(register, new ClockFormat(isBinary, has24Hours).hours(hour));
    }

    @ParameterizedTest
    @CsvSource({"false, false", "false, true", "true, false", "true, true"})
    void whatIsWrittenIsRead(boolean isBinary, boolean has24Hours) {
        ClockFormat format = new ClockFormat(isBinary, has24Hours);
        IntStream.range(0, 100).forEach(n -> assertEquals(n, format.number(format.digits(n))));
        IntStream.range(0, 24).forEach(h -> assertEquals(h, format.hour(format.hours(h))));
    }

    @ParameterizedTest
    @CsvSource({"0x0a", "0xa0", "0xff"})
    void whatIsNoNumberIsNone(int register) {
        assertTrue(new ClockFormat(false, true).number(register) < 0);
        assertTrue(new ClockFormat(false, false).hour(register) < 0);
    }
}
