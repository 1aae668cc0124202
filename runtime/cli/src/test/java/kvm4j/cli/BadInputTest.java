package kvm4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import kvm4j.guests.Guest;
import kvm4j.linux.LinuxException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** Each mistake gets one clear line and its status. */
class BadInputTest {

    private static final int EMFILE = 24;
    private static final int E_MACHINE = 18;
    private static final byte AARCH64 = (byte) 183;

    @TempDir private Path folder;

    private String file(String name, byte[] content) throws IOException {
        return Files.write(folder.resolve(name), content).toString();
    }

    @ParameterizedTest
    @ValueSource(strings = {"no-such-guest", "HELLO", "/no/such/file", "", "a\0b"})
    void noSuchImage(String name) {
        InProcess.run("run", name).assertFailure(ExitStatus.NO_IMAGE, "no such image");
    }

    @Test
    void aDirectory() {
        InProcess.run("run", folder.toString())
                .assertFailure(ExitStatus.BAD_IMAGE, folder.toString(), "is a directory");
    }

    @Test
    void anEmptyFile() throws IOException {
        String image = file("empty", new byte[0]);
        InProcess.run("run", image).assertFailure(ExitStatus.BAD_IMAGE, image, "empty");
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 16, 63, 64, 100, 200})
    void aTruncatedElfFile(int length) throws IOException {
        String image = file("truncated", Arrays.copyOf(Guest.HELLO.image(), length));
        InProcess.run("run", image).assertFailure(ExitStatus.BAD_IMAGE, image, "ELF");
    }

    @Test
    void anElfFileForAnotherProcessor() throws IOException {
        byte[] elf = Guest.HELLO.image();
        elf[E_MACHINE] = AARCH64;
        String image = file("aarch64", elf);
        InProcess.run("run", image).assertFailure(ExitStatus.BAD_IMAGE, image, "x86-64");
    }

    @Test
    void anImageLargerThanMemory() throws IOException {
        String image = file("large", new byte[65_537]);
        InProcess.run("run", image, "--memory", "64K")
                .assertFailure(ExitStatus.BAD_IMAGE, image, "65537 bytes", "64 KiB", "--memory");
    }

    @Test
    void anImageWithoutAnEnd() {
        InProcess.run("run", "/dev/zero", "--memory", "64K")
                .assertFailure(ExitStatus.BAD_IMAGE, "/dev/zero", "64 KiB");
    }

    @Test
    void anImageThatDoesNotFitWhereItGoes() throws IOException {
        String image = file("fits-nowhere", new byte[65_536]);
        InProcess.run("run", image, "--memory", "64K").assertFailure(ExitStatus.BAD_IMAGE, image);
    }

    @Test
    void anElfFileThatDoesNotFitIntoMemory() {
        InProcess.run("run", "hello", "--memory", "1M")
                .assertFailure(ExitStatus.BAD_IMAGE, "hello");
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0 bytes",
        "1B, 1 byte",
        "4097B, 4097 bytes",
        "5000000000, 5000000000 MiB",
        "1E, 1 EiB",
        "7EiB, 7 EiB",
    })
    void memoryThatCannotBe(String size, String shown) {
        InProcess.run("run", "hello", "--memory", size)
                .assertFailure(ExitStatus.USAGE, shown, "kvm4j run --help");
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", "-1", "1.G", ".5G", "64MM", "", "16E", "99999999999999999999"})
    void memoryThatIsNoSize(String size) {
        InProcess.run("run", "hello", "--memory=" + size)
                .assertFailure(ExitStatus.USAGE, "--memory", "kvm4j run --help");
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", "-1s", "2 s", "", "1e9s", "2S", ".5s"})
    void aTimeThatIsNone(String time) {
        InProcess.run("run", "hello", "--timeout=" + time)
                .assertFailure(ExitStatus.USAGE, "--timeout", "kvm4j run --help");
    }

    @Test
    void noTimeAtAll() {
        InProcess.run("run", "hello", "--timeout=0").assertFailure(ExitStatus.USAGE, "time limit");
    }

    @ParameterizedTest
    @CsvSource({
        "steps=1, 'steps'",
        "512=1, '512'",
        "count=-1, --param",
        "count=18446744073709551616, --param",
        "count, --param",
    })
    void aParameterThatCannotBe(String parameter, String shown) {
        InProcess.run("run", "pio", "--param", parameter).assertFailure(ExitStatus.USAGE, shown);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0x100000", "0x10001", "0xffffffffffffffff", "0x", "x"})
    void anAddressThatRealModeCannotEnter(String address) throws IOException {
        String image = file("halt", new byte[] {(byte) 0xf4});
        InProcess.run("run", image, "--load-address", address).assertFailure(ExitStatus.USAGE);
    }

    @Test
    void anAddressForAnElfFile() {
        InProcess.run("run", "hello", "--load-address", "0x2000")
                .assertFailure(ExitStatus.USAGE, "--load-address");
    }

    @ParameterizedTest
    @CsvSource({
        "--cpus, two, --cpus",
        "--cpus, 1.5, --cpus",
        "--pin, '', --pin",
        "--pin, 1-0, no list of CPUs",
        "--pin, all, no list of CPUs",
        "--irqchip, user, 'none, kernel, split'",
        "--irqchip, KERNEL, 'none, kernel, split'",
        "--format, elf, 'flat, firmware, elf32, elf64, multiboot, multiboot2, pvh'",
        "--format, '', 'bzimage, vmlinux'",
        "--device, e1000, 'pc-testdev, isa-debug-exit, debugcon[=PORT], fuzz-input=FILE'",
        "--device, fuzz-input, fuzz-input needs a file",
        "--device, fuzz-input=, fuzz-input needs a file",
        "--device, '', pc-testdev",
        "--device, debugcon=, no port",
        "--device, debugcon=0x10000, no port",
        "--device, debugcon=-1, no port",
        "--device, debugcon=com1, no port",
        "--device, pc-testdev=1, takes no argument",
        "--device, isa-debug-exit=0xf4, takes no argument",
        "--serial, tcp, 'stdio, file:PATH, pty, none'",
        "--serial, '', 'stdio, file:PATH, pty, none'",
        "--serial, file:, 'stdio, file:PATH, pty, none'",
        "--serial, file, 'stdio, file:PATH, pty, none'",
        "--append, quiet, --append is for kernels",
        "--initrd, /dev/null, --initrd is for Linux",
        "--module, /dev/null, --module is for multiboot and PVH kernels",
        "--kernel, /dev/null, --kernel and --option-rom are for firmware",
        "--option-rom, /dev/null, --kernel and --option-rom are for firmware",
    })
    void anOptionThatCannotBe(String option, String value, String shown) {
        InProcess.run("run", "hello", option + "=" + value)
                .assertFailure(ExitStatus.USAGE, shown, "kvm4j run --help");
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 0})
    void countsOfRepetitionsThatCannotBe(int count) {
        InProcess.run("run", "hello", "--repeat=" + count)
                .assertFailure(ExitStatus.USAGE, "cannot run " + count + " times");
    }

    /** What is asked for and not done is no good end. */
    @ParameterizedTest
    @ValueSource(strings = {"--snapshot-at exit:1 s", "--trace", "--stats", "--serial none"})
    void whatAGuestThatIsRepeatedDoesNotDo(String option) {
        InProcess.run(("run hello --repeat 2 " + option).split(" "))
                .assertFailure(ExitStatus.USAGE, option.split(" ")[0], "kvm4j run --help");
    }

    @Test
    void severalProcessorsWithoutInterruptControllers() {
        InProcess.run("run", "hello", "--cpus=2", "--irqchip=none")
                .assertFailure(ExitStatus.USAGE, "several processors", "kvm4j run --help");
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 0, 256, Integer.MAX_VALUE})
    void countsOfProcessorsThatCannotBe(int processors) {
        InProcess.run("run", "hello", "--stats", "--cpus=" + processors)
                .assertFailure(ExitStatus.USAGE, "1 to 255", "kvm4j run --help");
    }

    /** Devices meet on a machine's buses, and a machine needs KVM. */
    @Test
    void aDeviceWhereAnotherOneIs() {
        HostKvm.assume();
        InProcess.run("run", "hello", "--device=debugcon=0x3f8")
                .assertFailure(ExitStatus.USAGE, "0x3f8", "kvm4j run --help");
    }

    @Test
    void theSameDeviceTwice() {
        HostKvm.assume();
        InProcess.run("run", "hello", "--device=debugcon", "--device=debugcon")
                .assertFailure(ExitStatus.USAGE, "0xe9", "kvm4j run --help");
    }

    @Test
    void optionsOfAnotherFormat() throws IOException {
        String firmware = file("firmware", SampleKernels.firmware("f4"));
        String multiboot = file("multiboot", SampleKernels.multiboot());
        String linux = file("linux", SampleKernels.linux());
        InProcess.run("run", firmware, "--append=x").assertFailure(ExitStatus.USAGE, "--append");
        InProcess.run("run", firmware, "--kernel=" + linux)
                .assertFailure(ExitStatus.USAGE, "need each other");
        InProcess.run("run", firmware, "--option-rom=" + linux)
                .assertFailure(ExitStatus.USAGE, "need each other");
        InProcess.run("run", firmware, "--module=" + linux)
                .assertFailure(ExitStatus.USAGE, "--module", "firmware");
        InProcess.run("run", multiboot, "--initrd=" + linux)
                .assertFailure(ExitStatus.USAGE, "--initrd", "multiboot");
        InProcess.run("run", linux, "--module=" + multiboot)
                .assertFailure(ExitStatus.USAGE, "--module", "Linux");
        InProcess.run("run", linux, "--load-address=0x1000")
                .assertFailure(ExitStatus.USAGE, "--load-address");
    }

    @Test
    void filesBesideTheImageThatCannotBeRead() throws IOException {
        String linux = file("linux", SampleKernels.linux());
        String multiboot = file("multiboot", SampleKernels.multiboot());
        String firmware = file("firmware", SampleKernels.firmware("f4"));
        InProcess.run("run", linux, "--initrd=/no/such/file")
                .assertFailure(ExitStatus.NO_IMAGE, "/no/such/file");
        InProcess.run("run", linux, "--initrd=" + folder)
                .assertFailure(ExitStatus.BAD_IMAGE, folder.toString(), "directory");
        InProcess.run("run", multiboot, "--module=no-such-module with arguments")
                .assertFailure(ExitStatus.NO_IMAGE, "'no-such-module'");
        InProcess.run("run", multiboot, "--module=")
                .assertFailure(ExitStatus.NO_IMAGE, "no such file");
        InProcess.run("run", firmware, "--kernel=" + firmware, "--option-rom=" + linux)
                .assertFailure(ExitStatus.BAD_IMAGE, firmware, "Linux");
        InProcess.run("run", firmware, "--kernel=" + linux, "--option-rom=/no/such/rom")
                .assertFailure(ExitStatus.NO_IMAGE, "/no/such/rom");
        InProcess.run("run", linux, "-m", "2M", "--initrd=/dev/zero")
                .assertFailure(ExitStatus.BAD_IMAGE, "/dev/zero", "2 MiB");
    }

    @Test
    void anImageThatIsCutOffWhileItIsRead() throws IOException {
        Path image = Files.write(folder.resolve("shrinking"), new byte[100_000]);
        MemorySegment contents = HostFile.read(image.toString(), 1 << 20);
        Files.write(image, new byte[0]);
        InternalError fault =
                assertThrows(
                        InternalError.class, () -> contents.get(ValueLayout.JAVA_BYTE, 50_000));
        StringWriter err = new StringWriter();
        ExitStatus status = ErrorReport.tell(fault, new PrintWriter(err));
        assertEquals(ExitStatus.HOST_ERROR, status);
        assertEquals("kvm4j: a file was cut off while it was used\n", err.toString());
    }

    @Test
    void noCommand() {
        InProcess.run().assertFailure(ExitStatus.USAGE, "kvm4j --help");
        InProcess.run("fly").assertFailure(ExitStatus.USAGE, "fly");
        InProcess.run("run").assertFailure(ExitStatus.USAGE, "IMAGE");
        InProcess.run("run", "hello", "spin").assertFailure(ExitStatus.USAGE, "spin");
        InProcess.run("run", "--fast", "hello").assertFailure(ExitStatus.USAGE, "--fast");
    }

    @Test
    void streamsThatDoNotOpen() {
        StringWriter err = new StringWriter();
        int status =
                KvmCommand.commandLine(
                                () -> {
                                    throw new LinuxException("eventfd()", EMFILE);
                                })
                        .setErr(new PrintWriter(err))
                        .execute("run", "hello");
        new Result(status, "", err.toString())
                .assertFailure(ExitStatus.HOST_ERROR, "Too many open files");
    }

    @Test
    void noKvmDevice() {
        InProcess.run("run", "hello", "--kvm-device", folder.resolve("kvm").toString())
                .assertFailure(ExitStatus.UNAVAILABLE, "ENOENT", "load kvm_intel or kvm_amd");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/dev/null", "/proc/self/mem"})
    void aDeviceThatIsNotKvm(String device) {
        InProcess.run("run", "hello", "--kvm-device", device)
                .assertFailure(ExitStatus.UNAVAILABLE, device);
    }
}
