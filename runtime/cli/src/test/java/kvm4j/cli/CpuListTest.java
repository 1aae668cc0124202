package kvm4j.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CpuListTest {

    @Test
    void isReadAsUsersWriteIt() {
        assertArrayEquals(new int[] {0}, CpuList.parse("0").toArray());
        assertArrayEquals(new int[] {3, 0, 1, 2}, CpuList.parse("3,0-2").toArray());
        assertArrayEquals(new int[] {5, 5}, CpuList.parse("5-5,5").toArray());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ",", "0,", "-1", "1-", "2-1", "0 1", "a", "0-1-2", "99999"})
    void isNothingElse(String text) {
        assertThrows(IllegalArgumentException.class, () -> CpuList.parse(text));
    }
}
