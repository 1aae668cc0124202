package kvm4j.snapshot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import kvm4j.snapshot.MachineState.Hardware;
import kvm4j.snapshot.MachineState.Region;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;

/** Which memory a machine of a snapshot can have. */
class MachineStateTest {

    @ParameterizedTest
    @CsvSource({
        "-4096, 4096",
        "0, 0",
        "0, -4096",
        "0, 4095",
        "1, 4096",
        "0x10000000000000, 4096",
        "0xffffffffff000, 0x2000",
        "0, 0x7ffffffffffff000"
    })
    void aRegionIsOfPagesThatGuestsCanAddress(String gpa, String size) {
        assertThrows(
                IllegalArgumentException.class,
                () -> new Region(Long.decode(gpa), Long.decode(size), true));
    }

    @Test
    void theLastPageIsOne() {
        assertEquals(4096, new Region(0xf_ffff_ffff_f000L, 4096, true).size());
    }

    @Test
    void regionsDoNotOverlap() {
        Region first = new Region(0, 0x2000, true);
        Region beside = new Region(0x2000, 0x1000, false);
        assertEquals(0x3000, new Hardware("NONE", false, List.of(first, beside)).memorySize());
        Region inside = new Region(0x1000, 0x1000, true);
        for (List<Region> wrong :
                List.of(List.<Region>of(), List.of(first, inside), List.of(beside, first))) {
            assertThrows(IllegalArgumentException.class, () -> new Hardware("NONE", false, wrong));
        }
    }
}
