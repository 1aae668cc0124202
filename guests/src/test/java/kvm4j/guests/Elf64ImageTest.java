package kvm4j.guests;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Holds the ELF images to what the catalogue promises; offsets are those of the ELF-64 format. */
class Elf64ImageTest {
    private static final long MIB = 1 << 20;
    private static final int PT_LOAD = 1;
    private static final int PT_GNU_STACK = 0x6474e551;
    private static final int PF_X = 1;

    private record ProgramHeader(
            int type,
            int flags,
            long offset,
            long address,
            long fileSize,
            long memorySize,
            long align) {
        static ProgramHeader read(ByteBuffer image, int at) {
            return new ProgramHeader(
                    image.getInt(at),
                    image.getInt(at + 4),
                    image.getLong(at + 8),
                    image.getLong(at + 24),
                    image.getLong(at + 32),
                    image.getLong(at + 40),
                    image.getLong(at + 48));
        }
    }

    static Stream<Guest> elf64Guests() {
        return Arrays.stream(Guest.values()).filter(guest -> guest.format() == Guest.Format.ELF64);
    }

    @ParameterizedTest
    @MethodSource("elf64Guests")
    void isAnExecutableForX8664EnteredAtOneMebibyte(Guest guest) {
        ByteBuffer image = read(guest);
        assertAll(
                () -> assertEquals(0x464c457f, image.getInt(0), "EI_MAG is DEL E L F"),
                () -> assertEquals(2, image.get(4), "EI_CLASS is ELFCLASS64"),
                () -> assertEquals(1, image.get(5), "EI_DATA is ELFDATA2LSB"),
                () -> assertEquals(2, image.getShort(16), "e_type is ET_EXEC"),
                () -> assertEquals(62, image.getShort(18), "e_machine is EM_X86_64"),
                () -> assertEquals(MIB, image.getLong(24), "e_entry"));
    }

    @ParameterizedTest
    @MethodSource("elf64Guests")
    void loadsWithinTheSecondMebibyte(Guest guest) {
        ByteBuffer image = read(guest);
        List<ProgramHeader> loads =
                programHeaders(image).stream().filter(h -> h.type() == PT_LOAD).toList();
        assertFalse(loads.isEmpty());
        for (ProgramHeader load : loads) {
            assertEquals(0x1000, load.align(), load::toString);
            assertEquals(0, load.offset() % 0x1000, load::toString);
            assertEquals(0, load.address() % 0x1000, load::toString);
            assertTrue(load.address() >= MIB, load::toString);
            assertTrue(load.address() + load.memorySize() <= 2 * MIB, load::toString);
            assertTrue(load.fileSize() <= load.memorySize(), load::toString);
            assertTrue(load.offset() + load.fileSize() <= image.limit(), load::toString);
        }
    }

    @ParameterizedTest
    @MethodSource("elf64Guests")
    void stackIsNotExecutable(Guest guest) {
        ProgramHeader stack =
                programHeaders(read(guest)).stream()
                        .filter(header -> header.type() == PT_GNU_STACK)
                        .findFirst()
                        .orElseThrow();
        assertEquals(0, stack.flags() & PF_X);
    }

    /** All but the one that is about the others, and sets them up by itself. */
    static Stream<Guest> guestsOfGeneralRegisters() {
        return elf64Guests().filter(guest -> guest != Guest.KEEP);
    }

    /** Whoever enters a guest need not set up the state that SSE and x87 want. */
    @ParameterizedTest
    @MethodSource("guestsOfGeneralRegisters")
    void usesGeneralRegistersOnly(Guest guest, @TempDir Path folder)
            throws IOException, InterruptedException {
        String code = disassemble(Files.write(folder.resolve(guest.imageName()), guest.image()));
        assertTrue(code.contains("<.text>"), code);
        Pattern vectorOrFloatingPoint = Pattern.compile("%([xyz]?mm|st|k)|\\tf\\w+");
        List<String> found = code.lines().filter(vectorOrFloatingPoint.asPredicate()).toList();
        assertEquals(List.of(), found);
    }

    private static String disassemble(Path image) throws IOException, InterruptedException {
        Process objdump;
        try {
            objdump =
                    new ProcessBuilder("objdump", "-d", "--no-show-raw-insn", image.toString())
                            .redirectErrorStream(true)
                            .start();
        } catch (IOException e) {
            assumeTrue(false, "no objdump to disassemble with: " + e.getMessage());
            throw e;
        }
        String output = new String(objdump.getInputStream().readAllBytes());
        assertEquals(0, objdump.waitFor(), output);
        return output;
    }

    private static ByteBuffer read(Guest guest) {
        return ByteBuffer.wrap(guest.image()).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static List<ProgramHeader> programHeaders(ByteBuffer image) {
        int offset = Math.toIntExact(image.getLong(32));
        int size = image.getShort(54);
        return IntStream.range(0, image.getShort(56))
                .mapToObj(i -> ProgramHeader.read(image, offset + i * size))
                .toList();
    }
}
