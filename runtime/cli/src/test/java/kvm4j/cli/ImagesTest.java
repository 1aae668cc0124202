package kvm4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.guests.Guest;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** What the options tell an image, and that each reaches it. */
@Tag("kvm")
class ImagesTest {

    /** mov $42, %al; out %al, $0xf4. */
    private static final String EXIT_42 = "b0 2a e6 f4";

    @TempDir private Path folder;

    @BeforeEach
    void guestsRun() {
        HostKvm.assume();
    }

    private String file(String name, byte[] content) throws IOException {
        return Files.write(folder.resolve(name), content).toString();
    }

    @Test
    void aMultibootKernelGetsCommandLineAndModules() throws IOException {
        String kernel = file("kernel", SampleKernels.multiboot());
        String module = file("module", SampleKernels.string("contents"));
        Result result =
                InProcess.run(
                        "run", kernel, "--append", "root=/dev/x -v", "--module", module + " a b");
        assertEquals(
                new Result(
                        0, "%s root=/dev/x -v%ncontents%n%s a b%n".formatted(kernel, module), ""),
                result);
    }

    @Test
    void modulesKeepTheirOrder() throws IOException {
        String kernel = file("kernel", SampleKernels.multiboot());
        String first = file("first", SampleKernels.string("1"));
        String second = file("second", SampleKernels.string("2"));
        Result result = InProcess.run("run", "--module", first, "--module", second, kernel);
        assertEquals(new Result(0, "%s%n1%n%s%n".formatted(kernel, first), ""), result);
    }

    @Test
    void aModulesNameMayHaveABlank() throws IOException {
        String kernel = file("kernel", SampleKernels.multiboot());
        String module = file("my module", SampleKernels.string("contents"));
        assertEquals(
                new Result(0, "%s%ncontents%n%s -v%n".formatted(kernel, module), ""),
                InProcess.run("run", kernel, "--module", "'" + module + "' -v"));
    }

    @Test
    void aBootSectorRunsAndHearsThatThereIsNoBios() throws IOException {
        byte[] sector = Arrays.copyOf(SampleKernels.code(EXIT_42), 512);
        sector[510] = 0x55;
        sector[511] = (byte) 0xaa;
        String image = file("sector", sector);
        Result result = InProcess.run("run", image);
        assertEquals(42, result.status());
        assertTrue(result.err().contains("BIOS"), result::err);
        assertEquals(new Result(42, "", ""), InProcess.run("run", "--format=flat", image));
        assertEquals(new Result(42, "", ""), InProcess.run("run", "--load-address=0x7c00", image));
    }

    @Test
    void whatIsPlainlyNoImageIsRefusedAndCanBeForced() throws IOException {
        byte[] code = SampleKernels.code("1f 8b 08 00 " + EXIT_42);
        String image = file("vmlinux.gz", code);
        InProcess.run("run", image)
                .assertFailure(ExitStatus.BAD_IMAGE, image, "gunzip", "--format flat");
    }

    /** As vmlinux with its debug information is: most of the file is not loaded. */
    @Test
    void anElfFileMayBeLargerThanTheGuest() throws IOException {
        byte[] large = Arrays.copyOf(Guest.HELLO.image(), 3 << 20);
        String image = file("large", large);
        assertEquals(0, InProcess.run("run", "-m", "2M", image).status());
    }

    @Test
    void linuxGetsCommandLineAndInitrd() throws IOException {
        String kernel = file("kernel", SampleKernels.linux());
        String initrd = file("initrd", SampleKernels.string("files"));
        assertEquals(
                new Result(0, "console=ttyS0 quiet\nfiles\n", ""),
                InProcess.run("run", "--append=console=ttyS0 quiet", "--initrd", initrd, kernel));
    }

    @Test
    void whatWasTypedReachesTheGuestByteForByte() throws IOException {
        String kernel = file("kernel", SampleKernels.linux());
        String initrd = file("initrd", SampleKernels.string("files"));
        String typed = "gr\u00fc\u00dfe 5 \u20ac";
        String bytes =
                new String(typed.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
        assertEquals(
                new Result(0, bytes + "\nfiles\n", ""),
                InProcess.run("run", "--append", typed, "--initrd", initrd, kernel));
    }

    @Test
    void firmwareStartsAtTheResetVector() throws IOException {
        String firmware = file("firmware", SampleKernels.firmware(EXIT_42));
        assertEquals(new Result(42, "", ""), InProcess.run("run", firmware));
    }

    @Test
    void firmwareFindsItsKernelInFwCfg() throws IOException {
        // mov $0x510, %dx; mov $8, %ax; out %ax, %dx; inc %dx; in %dx, %al; out %al, $0xf4
        String readKernelSize = "ba 10 05 b8 08 00 ef 42 ec e6 f4";
        String firmware = file("firmware", SampleKernels.firmware(readKernelSize));
        byte[] linux = SampleKernels.linux();
        String kernel = file("kernel", linux);
        String rom = file("rom", new byte[512]);
        int size = linux.length - 2 * 512;
        assertEquals(
                new Result(size, "", ""),
                InProcess.run("run", firmware, "--kernel", kernel, "--option-rom", rom));
        assertEquals(
                new Result(size, "", ""),
                InProcess.run(
                        "run",
                        "--append=quiet",
                        "--initrd=" + rom,
                        "--kernel=" + kernel,
                        "--option-rom=" + rom,
                        firmware));
    }

    @Test
    void theFormatIsWhatTheUserSays() throws IOException {
        String image = file("both", SampleKernels.firmware(EXIT_42));
        assertEquals(
                new Result(42, "", ""),
                InProcess.run("run", "--format", "flat", "-m", "1M", image));
        InProcess.run("run", image, "--format=elf64")
                .assertFailure(ExitStatus.BAD_IMAGE, image, "ELF");
        InProcess.run("run", image, "--format=multiboot")
                .assertFailure(ExitStatus.BAD_IMAGE, image, "multiboot");
        InProcess.run("run", image, "--format=bzimage")
                .assertFailure(ExitStatus.BAD_IMAGE, image, "Linux");
    }
}
