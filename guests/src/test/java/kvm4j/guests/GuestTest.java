package kvm4j.guests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.util.stream.Collectors.toSet;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

class GuestTest {
    private static final Path SOURCES = Path.of("src/main/guest");

    @ParameterizedTest
    @EnumSource
    void isFoundByItsName(Guest guest) {
        assertEquals(Optional.of(guest), Guest.find(guest.guestName()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "HELLO", "hello_real", "hello-real ", "no-such-guest"})
    void isNotFoundByAnotherName(String name) {
        assertEquals(Optional.empty(), Guest.find(name));
    }

    @ParameterizedTest
    @EnumSource
    void describesItselfInOneLine(Guest guest) {
        assertTrue(guest.description().matches("\\S.{0,78}\\S"), guest.description());
    }

    @Test
    void everyImageIsInTheCatalogue() throws IOException, URISyntaxException {
        Path images = Path.of(Guest.class.getResource(Guest.HELLO.imageName()).toURI()).getParent();
        assertEquals(
                Arrays.stream(Guest.values()).map(Guest::imageName).collect(toSet()),
                fileNames(images, "*.{bin,elf}"));
    }

    @ParameterizedTest
    @CsvSource({"FLAT, flat", "ELF64, elf64"})
    void everySourceIsInTheCatalogue(Guest.Format format, String folder) throws IOException {
        Set<String> sources =
                fileNames(SOURCES.resolve(folder), "*.{S,c}").stream()
                        .map(name -> name.substring(0, name.lastIndexOf('.')))
                        .collect(toSet());
        assertEquals(
                Arrays.stream(Guest.values())
                        .filter(guest -> guest.format() == format)
                        .map(Guest::guestName)
                        .collect(toSet()),
                sources);
    }

    @ParameterizedTest
    @EnumSource(names = {"HELLO_REAL", "HELLO_PROTECTED"})
    void flatImageEndsBelowTheParameterBlock(Guest guest) {
        int size = guest.image().length;
        assertTrue(0 < size && 0x1000 + size <= Guest.PARAMETER_BLOCK, () -> size + " bytes");
    }

    @Test
    void everyCallAnswersBytesOfItsOwn() {
        byte[] changed = Guest.HELLO.image();
        changed[0] = 0;
        assertFalse(Arrays.equals(changed, Guest.HELLO.image()));
    }

    @ParameterizedTest
    @CsvSource({"PARAMETER_BLOCK", "MMIO_ADDRESS"})
    void addressIsTheOneInTheGuestsHeader(String name) throws Exception {
        Pattern definition = Pattern.compile("#define " + name + " (0x\\p{XDigit}+)");
        Matcher inHeader = definition.matcher(Files.readString(SOURCES.resolve("guest.h")));
        assertTrue(inHeader.find(), name);
        assertEquals(Long.decode(inHeader.group(1)), Guest.class.getField(name).getLong(null));
    }

    @ParameterizedTest
    @CsvSource({"NO_EXTENSION", "SWITCHED_OFF"})
    void exitCodeIsTheOneInTheGuestsHeader(String name) throws Exception {
        Pattern definition = Pattern.compile("\\b" + name + " = (\\d+)");
        Matcher inHeader = definition.matcher(Files.readString(SOURCES.resolve("nested.h")));
        assertTrue(inHeader.find(), name);
        assertEquals(Integer.decode(inHeader.group(1)), Guest.class.getField(name).getInt(null));
    }

    private static Set<String> fileNames(Path folder, String glob) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(Path::getFileName)
                    .filter(folder.getFileSystem().getPathMatcher("glob:" + glob)::matches)
                    .map(Path::toString)
                    .collect(toSet());
        }
    }
}
