package kvm4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModuleArgumentTest {

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '|',
            value = {
                "initrd; initrd; initrd",
                "initrd a b; initrd; initrd a b",
                "'my initrd' a; my initrd; my initrd a",
                "\"my initrd\"; my initrd; my initrd",
                "my\\ initrd a; my initrd; my initrd a",
                "/x/'a b'/c d 'e'; /x/a b/c; /x/a b/c d 'e'",
                "\"it's\" here; it's; it's here",
                "a\\; a\\; a\\",
            },
            delimiter = ';')
    void theFileIsTheFirstWord(String argument, String file, String commandLine) {
        assertEquals(new ModuleArgument(file, commandLine), ModuleArgument.parse(argument));
    }

    @Test
    void aQuotationMarkNeedsAnother() {
        assertThrows(IllegalArgumentException.class, () -> ModuleArgument.parse("'my initrd"));
    }
}
