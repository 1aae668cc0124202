package kvm4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.random.RandomGenerator;

class MemorySizeTest {

    private static final RandomGenerator RANDOM = RandomGenerator.getDefault();

    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "512, 536870912",
        "4096B, 4096",
        "1b, 1",
        "1k, 1024",
        "64M, 67108864",
        "64MB, 67108864",
        "64MiB, 67108864",
        "3g, 3221225472",
        "2T, 2199023255552",
        "1P, 1125899906842624",
        "7E, 8070450532247928832",
        "9223372036854775807B, 9223372036854775807",
        "1.5G, 1610612736",
        "0.5, 524288",
        "2.0k, 2048",
        "1.3G, 1395867648",
        "0.001M, 4096",
        "4097.5B, 8192"
    })
    void isReadAsUsersWriteIt(String text, long bytes) {
        assertEquals(new MemorySize(bytes), MemorySize.parse(text));
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0 bytes",
        "1, 1 byte",
        "1023, 1023 bytes",
        "1024, 1 KiB",
        "1536, 1536 bytes",
        "67108864, 64 MiB",
        "1152921504606846976, 1 EiB"
    })
    void isWrittenInTheLargestUnitThatFits(long bytes, String text) {
        assertEquals(text, new MemorySize(bytes).toString());
    }

    @RepeatedTest(100)
    void isReadAsItIsWritten() {
        MemorySize size = new MemorySize(RANDOM.nextLong() >>> 1 >> RANDOM.nextInt(63) << 10 >>> 1);
        String text = size.toString().replaceAll(" bytes?", "B").replace(" ", "");
        assertEquals(size, MemorySize.parse(text), text);
    }
}
