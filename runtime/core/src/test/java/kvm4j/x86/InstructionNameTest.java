package kvm4j.x86;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;

class InstructionNameTest {

    @ParameterizedTest
    @CsvSource({
        "9b, 16, fwait",
        "cc, 64, int3",
        "48cf, 64, iretq",
        "66cf, 16, iret",
        "f0480fc70e, 64, cmpxchg16b",
        "f0 0fc70e, 64, cmpxchg8b",
        "0fc7f0, 64, rdrand",
        "660fc733, 64, vmclear",
        "f30fc733, 64, vmxon",
        "0fc733, 64, vmptrld",
        "480fae2f, 64, xrstor",
        "0faee8, 64, lfence",
        "f3480faec0, 64, rdfsbase",
        "0f38f006, 32, movbe",
        "f20f38f1c0, 32, crc32",
        "0f01c1, 64, vmcall",
        "0f01d8, 64, vmrun",
        "0f01ca, 64, clac",
        "0f01cb, 64, stac",
        "0f01ef, 64, wrpkru",
        "0f01fd, 64, rdpru",
        "660f388003, 64, invept",
        "d9e8, 32, an x87 instruction",
        "c5f877, 64, an AVX instruction",
        "62f17c4858c0, 64, an AVX-512 instruction",
        "0f57c0, 64, an SSE or MMX instruction",
    })
    void names(String code, int bits, String name) {
        assertEquals(
                name,
                InstructionName.of(HexFormat.of().parseHex(code.replace(" ", "")), bits)
                        .orElse(null));
    }

    @ParameterizedTest
    @CsvSource({
        "90, 64",
        "c5f877, 32",
        "40, 32",
        "0f, 64",
        "f0, 64",
        "0fc7, 64",
        "f30f01ef, 64",
        "'', 16"
    })
    void doesNotGuess(String code, int bits) {
        assertEquals("", InstructionName.of(HexFormat.of().parseHex(code), bits).orElse(""), code);
    }

    @Test
    void takesAnyBytes() {
        Random random = new Random(25);
        byte[] code = new byte[16];
        for (int i = 0; i < 200_000; i++) {
            random.nextBytes(code);
            if (i % 2 == 0) {
                code[0] = 0x0f;
            }
            byte[] cut = Arrays.copyOf(code, random.nextInt(code.length + 1));
            assertDoesNotThrow(() -> InstructionName.of(cut, 64));
        }
    }
}
