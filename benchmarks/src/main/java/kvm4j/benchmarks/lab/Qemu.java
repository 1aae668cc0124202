package kvm4j.benchmarks.lab;

import kvm4j.benchmarks.kind.ExitKind;
import kvm4j.benchmarks.kind.Workload;
import kvm4j.benchmarks.loop.LoopGuest;
import kvm4j.memory.GuestMemory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * QEMU with the least machine it has, microvm. It enters the same guest in the same memory, by way
 * of a firmware of a dozen instructions.
 */
public final class Qemu implements Program {

    static final String ID = "qemu";

    static final String TITLE = "QEMU";

    private static final String EXECUTABLE = "qemu-system-x86_64";

    /** Where page tables and parameters are, below the firmware's window at 0xf0000. */
    private static final int LOW_MEMORY = 0x1_0000;

    private static final int IMAGE = 0x10_0000;

    private final Path folder;
    private final String version;

    private Qemu(Path folder, String version) {
        this.folder = folder;
        this.version = version;
    }

    /**
     * Looks for QEMU.
     *
     * @param folder where the guests' memory goes
     * @return the program
     * @throws LabException if it is not installed
     */
    public static Qemu find(Path folder) throws LabException {
        return new Qemu(folder, CommandOutput.of(List.of(EXECUTABLE, "--version")).firstLine());
    }

    String version() {
        return version;
    }

    @Override
    public String id() {
        return ID;
    }

    @Override
    public String title() {
        return TITLE;
    }

    /** Its debug-exit port makes 2n + 1 of the guest's exit code n. */
    @Override
    public int success() {
        return 1;
    }

    @Override
    public List<String> command(ExitKind kind, long count) throws LabException, IOException {
        return command(((Workload.GuestExits) kind.workload()).withCount(count), "null");
    }

    /**
     * How to run any guest.
     *
     * @param workload the guest and its parameters
     * @param serial where COM1 goes, as QEMU names it
     * @return the command, which ends when the guest does
     * @throws LabException if the host cannot build the firmware
     * @throws IOException if the folder cannot be written
     */
    public List<String> command(Workload.Guested workload, String serial)
            throws LabException, IOException {
        Path rom = folder.resolve("entry.rom");
        Path low = folder.resolve("low.memory");
        Path image = folder.resolve("image.memory");
        try (LoopGuest guest = new LoopGuest(workload)) {
            GuestMemory memory = guest.memory();
            Files.write(low, memory.read(0, LOW_MEMORY));
            Files.write(image, memory.read(IMAGE, (int) memory.size() - IMAGE));
            buildRom(guest, rom);
        }
        return List.of(
                EXECUTABLE,
                "-machine",
                "microvm,rtc=off,pit=off,pic=off,isa-serial=on",
                "-accel",
                "kvm",
                "-cpu",
                "max,-arch-capabilities",
                "-m",
                "16",
                "-no-user-config",
                "-nodefaults",
                "-display",
                "none",
                "-serial",
                serial,
                "-device",
                "isa-debug-exit,iobase=0xf4,iosize=1",
                "-bios",
                rom.toString(),
                "-device",
                "loader,addr=0,force-raw=on,file=" + low,
                "-device",
                "loader,addr=0x100000,force-raw=on,file=" + image);
    }

    private void buildRom(LoopGuest guest, Path rom) throws LabException, IOException {
        Path source = CSource.ENTRY.copyTo(folder);
        Path object = folder.resolve("entry.o");
        CommandOutput.require(
                List.of(
                        "cc",
                        "-m64",
                        "-c",
                        "-DCR3=" + guest.vcpu().specialRegisters().cr3(),
                        "-DRSP=" + guest.entry().rsp(),
                        "-DRIP=" + guest.entry().rip(),
                        "-o",
                        object.toString(),
                        source.toString()));
        CommandOutput.require(
                List.of(
                        "ld",
                        "-Ttext=0xffff0000",
                        "--oformat=binary",
                        "-o",
                        rom.toString(),
                        object.toString()));
    }
}
