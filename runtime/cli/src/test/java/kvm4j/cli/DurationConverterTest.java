package kvm4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.time.Duration;

class DurationConverterTest {

    @ParameterizedTest
    @CsvSource({
        "0, PT0S",
        "2, PT2S",
        "2s, PT2S",
        "1.5m, PT1M30S",
        "500ms, PT0.5S",
        "3us, PT0.000003S",
        "7ns, PT0.000000007S",
        "0.2ns, PT0.000000001S",
        "1d, PT24H",
        "1w, PT168H",
        "0.5y, PT4380H",
        "300y, PT2562047H47M16.854775807S",
        "99999999999999999999999999h, PT2562047H47M16.854775807S"
    })
    void isReadAsUsersWriteIt(String text, Duration expected) {
        assertEquals(expected, new DurationConverter().convert(text));
    }
}
