package kvm4j.boot;

import static kvm4j.boot.Binutils.Target.X86;
import static kvm4j.boot.Binutils.Target.X86_64;

import static org.junit.jupiter.api.Assertions.assertEquals;

import kvm4j.kvm.NeedsKvm;
import kvm4j.machine.Machine;
import kvm4j.machine.Outcome;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Path;
import java.time.Duration;

/**
 * Kernels as the linkers of their authors lay them out. Each ends with 7 if what it finds is as it
 * should be.
 */
@NeedsKvm
class LinkedKernelsTest {

    private static final int RIGHT = 7;
    private static final int MEMORY = 32 << 20;

    /** Ends the machine: jump here. */
    private static final String VERDICT =
            """
            right:  mov $7, %al
                    out %al, $0xf4
            wrong:  mov $8, %al
                    out %al, $0xf4
            1:      hlt
                    jmp 1b
            """;

    private static final String MULTIBOOT_HEADER =
            """
                    .section .header, "a"
                    .balign 4
                    .long 0x1badb002, 0, -0x1badb002
            """;

    /** Linked behind 0xc0000000 or wherever BASE is, loaded at 1 MiB. */
    private static final String HIGH_SCRIPT =
            """
            ENTRY(_start)
            SECTIONS {
                . = BASE + 0x100000;
                .text : AT(ADDR(.text) - BASE) { *(.header) *(.text) }
                .data : AT(ADDR(.data) - BASE) { *(.data) }
                .bss : AT(ADDR(.bss) - BASE) { *(.bss) }
            }
            """;

    @TempDir private Path folder;
    private Binutils binutils;

    @BeforeEach
    void findTools() {
        binutils = new Binutils(folder);
    }

    private static void assertRight(ImageFormat format, byte[] image) {
        assertEquals(format, ImageFormat.of(image));
        try (Machine machine =
                Machine.builder()
                        .memory(MEMORY)
                        .image(format.read(image))
                        .pc()
                        .timeLimit(Duration.ofMinutes(1))
                        .build()) {
            assertEquals(new Outcome.Exited(RIGHT), machine.run());
        }
    }

    private static String high(String base) {
        return HIGH_SCRIPT.replace("BASE", base);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0xffff800000000000", "0x4000000000"})
    void aHigherHalfKernelIsEnteredAtItsPhysicalAddress(String base) throws Exception {
        String source =
                """
                        .globl _start
                        .text
                _start: lea _start(%rip), %rax
                        cmp $0x100000, %rax
                        jne wrong
                        push %rax
                        jmp right
                """
                        + VERDICT;
        assertRight(ImageFormat.ELF64, binutils.linkByScript(X86_64, source, high(base)));
    }

    @Test
    void aKernelInTheLastTwoGibHasAStack() throws Exception {
        String source = "        .globl _start\n_start: push %rax\n        jmp right\n" + VERDICT;
        assertRight(
                ImageFormat.VMLINUX,
                binutils.linkByScript(X86_64, source, high("0xffffffff80000000")));
    }

    private static final String HIGH_32 =
            """
                    .globl _start
                    .text
            _start: mov $_start - 0xc0000000, %eax
                    cmpl $0xf4e607b0, 3f - 0xc0000000
                    jne wrong
                    jmp right
                    .data
            3:      .long 0xf4e607b0
                    .text
            """
                    + VERDICT;

    @Test
    void aHigherHalfKernelOf32Bits() throws Exception {
        assertRight(ImageFormat.ELF32, binutils.linkByScript(X86, HIGH_32, high("0xc0000000")));
    }

    @Test
    void aHigherHalfKernelWithAMultibootHeader() throws Exception {
        assertRight(
                ImageFormat.MULTIBOOT,
                binutils.linkByScript(X86, HIGH_32 + MULTIBOOT_HEADER, high("0xc0000000")));
    }

    /** Compares an address in its data, which has to be relocated, with where it is. */
    private static final String POINTER_64 =
            """
                    .globl _start
                    .hidden here
                    .text
            _start: lea here(%rip), %rax
                    cmp %rax, pointer(%rip)
                    jne wrong
                    cmp %rax, pointer + 8(%rip)
                    jne wrong
                    cmpq $0, zeros + 0x10000(%rip)
                    jne wrong
                    jmp right
            here:   nop
                    .data
                    .balign 8
            pointer: .quad here, here
                    .bss
            zeros:  .skip 0x20000
                    .text
            """
                    + VERDICT;

    private static final String POINTER_32 =
            """
                    .globl _start
                    .text
            _start: lea 0x90000, %esp
                    call 2f
            2:      pop %ebx
                    lea here - 2b(%ebx), %eax
                    cmp %eax, pointer - 2b(%ebx)
                    jne wrong
                    cmp $0x100000, %eax
                    jb wrong
                    jmp right
            here:   nop
                    .data
                    .balign 4
            pointer: .long here
                    .text
            """
                    + VERDICT;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-z norelro",
                "-z pack-relative-relocs",
                "-z max-page-size=0x200000 -z separate-code",
                "-Ttext-segment=0x1400000",
                "-Ttext-segment=0x8000 -z max-page-size=4096",
                "-Ttext-segment=0x90000 -z max-page-size=4096",
                "-Ttext-segment=0x7f000000"
            })
    void aPositionIndependentExecutableIsRelocated(String options) throws Exception {
        String[] all = ("-pie --no-dynamic-linker " + options).split(" ");
        byte[] image = binutils.link(X86_64, POINTER_64, all);
        // GNU ld calls what is linked for an address ET_EXEC, other linkers ET_DYN.
        SampleImages.buffer(image).putShort(0x10, (short) 3);
        assertRight(ImageFormat.ELF64, image);
    }

    @ParameterizedTest
    @ValueSource(strings = {"-z norelro", "-z pack-relative-relocs"})
    void aPositionIndependentExecutableOf32BitsIsRelocated(String options) throws Exception {
        String[] all = ("-pie --no-dynamic-linker " + options).split(" ");
        assertRight(ImageFormat.ELF32, binutils.link(X86, POINTER_32, all));
    }

    private static String note(int type, String contents) {
        return """
                .section .note.%d, "a", @note
                .balign 4
                .long 4, 5f - 4f, %d
                .asciz "Xen"
        4:      %s
        5:      .balign 4
                .text
        """
                .formatted(type, type, contents);
    }

    @Test
    void aPositionIndependentPvhKernelIsRelocated() throws Exception {
        String source = POINTER_32 + note(18, ".long _start");
        assertRight(
                ImageFormat.PVH,
                binutils.link(
                        X86, source, "-pie", "--no-dynamic-linker", "-z", "notext", "-e", "wrong"));
    }

    /** Linked for 256 MiB, where there is no memory; to be at a multiple of 4 MiB from 8 MiB on. */
    @Test
    void aPvhKernelThatRelocatesItselfIsMoved() throws Exception {
        String source =
                """
                        .globl _start
                        .code32
                        .text
                _start: mov 40(%ebx), %eax
                        mov (%eax), %ecx
                        lea 0x80000, %esp
                        call 2f
                2:      pop %eax
                        sub $2b - 0x10000000, %eax
                        cmp $0x800000, %eax
                        jne wrong
                        jmp right
                """
                        + VERDICT
                        + note(18, ".long _start")
                        + note(19, ".long 0x400000, 0x700000, 0xffffffff");
        assertRight(ImageFormat.PVH, binutils.link(X86_64, source, "-Ttext-segment=0x10000000"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0x1000", "0x7c00", "0x9000", "0x7f000", "0x0"})
    void aKernelMayBeWhereTheLoaderPutsItsOwn(String address) throws Exception {
        String source =
                """
                        .globl _start
                        .text
                _start: mov %ds, %eax
                        mov %eax, %ds
                        push %rax
                        call 2f
                2:      pop %rax
                        lea 2b(%rip), %rcx
                        cmp %rax, %rcx
                        jne wrong
                        mov $zeros, %rdi
                        mov $0x20000, %ecx
                        xor %eax, %eax
                        repe scasb
                        jne wrong
                        jmp right
                        .bss
                zeros:  .skip 0x20000
                        .text
                """
                        + VERDICT;
        byte[] image = binutils.link(X86_64, source, "-n", "-Ttext=" + address, "-z", "norelro");
        assertRight(ImageFormat.ELF64, image);
    }

    /** All of the low memory is the kernel's: what the loader has to say goes elsewhere. */
    @Test
    void aKernelMayFillLowMemory() throws Exception {
        String source =
                """
                        .globl _start
                        .text
                        jmp _start
                        .balign 4
                        .long 0x1badb002, 0, -0x1badb002
                _start: cmp $0x100000, %ebx
                        jb wrong
                        cmp $0x2badb002, %eax
                        jne wrong
                        jmp right
                        .bss
                        .skip 0x9f000
                        .text
                """
                        + VERDICT;
        assertRight(ImageFormat.MULTIBOOT, binutils.link(X86, source, "-n", "-Ttext=0x1000"));
    }

    /** Looks for the name of its own section of symbols: type 2 in the table of sections. */
    @Test
    void aMultibootKernelFindsItsSymbols() throws Exception {
        String source =
                """
                        .globl _start
                        .text
                        .long 0x1badb002, 0, -0x1badb002
                _start: testl $0x20, (%ebx)
                        jz wrong
                        mov 28(%ebx), %ecx
                        mov 36(%ebx), %esi
                2:      cmpl $2, 4(%esi)
                        je 3f
                        add 32(%ebx), %esi
                        loop 2b
                        jmp wrong
                3:      mov 12(%esi), %edi
                        mov 20(%esi), %ecx
                        mov $_start, %eax
                4:      cmp %eax, 4(%edi)
                        je right
                        add $16, %edi
                        sub $16, %ecx
                        jnz 4b
                        jmp wrong
                """
                        + VERDICT;
        assertRight(ImageFormat.MULTIBOOT, binutils.link(X86, source, "-Ttext=0x100000"));
    }

    /**
     * Wants to be high; finds where it is in tag 21, its symbols in tag 9, and both root pointers.
     */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void aMultiboot2KernelIsMovedAndToldSo(int preference) throws Exception {
        String source =
                """
                        .globl _start
                        .text
                base:
                header: .long 0xe85250d6, 0, end - header, -(0xe85250d6 + end - header)
                        .balign 8
                        .word 1, 0
                        .long 24, 9, 14, 15, 21
                        .balign 8
                        .word 10, 0
                        .long 24, 0x200000, 0x1ffffff, 0x10000, %d
                        .balign 8
                        .word 0, 0
                        .long 8
                end:
                _start: lea 8(%%ebx), %%esi
                        xor %%edi, %%edi
                2:      mov (%%esi), %%eax
                        test %%eax, %%eax
                        jz 3f
                        bts %%eax, %%edi
                        cmp $21, %%eax
                        jne 4f
                        mov 8(%%esi), %%ebp
                4:      mov 4(%%esi), %%eax
                        add $7, %%eax
                        and $~7, %%eax
                        add %%eax, %%esi
                        jmp 2b
                3:      and $1 << 9 | 1 << 14 | 1 << 15 | 1 << 21 | 1 << 6 | 1 << 4, %%edi
                        cmp $1 << 9 | 1 << 14 | 1 << 15 | 1 << 21 | 1 << 6 | 1 << 4, %%edi
                        jne wrong
                        lea 0x90000, %%esp
                        call 5f
                5:      pop %%eax
                        sub $5b - base, %%eax
                        cmp %%eax, %%ebp
                        jne wrong
                        cmp $%s, %%eax
                        jne wrong
                        jmp right
                """
                                .formatted(
                                        preference,
                                        switch (preference) {
                                            case 0 -> "0x400000";
                                            case 1 -> "0x200000";
                                            default -> "0x1ff0000";
                                        })
                        + VERDICT;
        assertRight(ImageFormat.MULTIBOOT2, binutils.link(X86, source, "-n", "-Ttext=0x400000"));
    }

    @Test
    void aBootSectorIsEnteredAsABiosDoes() throws Exception {
        String source =
                """
                        .code16
                        .globl _start
                        .text
                _start: cmp $0x80, %dl
                        jne wrong
                        call 2f
                2:      pop %ax
                        cmp $2b, %ax
                        jne wrong
                        jmp right
                """
                        + VERDICT
                        + "        .org 510\n        .word 0xaa55\n        .skip 512\n";
        byte[] image = binutils.link(X86, source, "-n", "-Ttext=0x7c00", "--oformat", "binary");
        assertRight(ImageFormat.BOOTSECTOR, image);
    }
}
