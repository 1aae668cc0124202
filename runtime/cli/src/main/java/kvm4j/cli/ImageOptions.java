package kvm4j.cli;

import kvm4j.boot.BootImage;
import kvm4j.boot.BootParameters;
import kvm4j.boot.FirmwareKernel;
import kvm4j.boot.FlatImage;
import kvm4j.boot.ImageException;
import kvm4j.boot.ImageFile;
import kvm4j.boot.ImageFormat;

import picocli.CommandLine.Model.OptionSpec;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** What the machine starts, and what that gets to know. */
final class ImageOptions {

    private final OptionSpec format =
            OptionSpec.builder("--format")
                    .paramLabel("NAME")
                    .type(ImageFormat.class)
                    .description(
                            "What IMAGE is, if not what it looks like: "
                                    + new Choice<>(ImageFormat.class).names()
                                    + ".")
                    .build();

    private final OptionSpec commandLine =
            OptionSpec.builder("--append")
                    .paramLabel("TEXT")
                    .type(String.class)
                    .defaultValue("")
                    .description("The kernel's command line.")
                    .build();

    private final OptionSpec initrd =
            OptionSpec.builder("--initrd")
                    .paramLabel("FILE")
                    .type(String.class)
                    .description("Linux's initial RAM disk.")
                    .build();

    private final OptionSpec modules =
            OptionSpec.builder("--module")
                    .paramLabel("FILE[ ARGS]")
                    .type(List.class)
                    .auxiliaryTypes(String.class)
                    .initialValue(List.of())
                    .description(
                            "Load a module for a multiboot or PVH kernel, with its own command"
                                    + " line in the same argument; a file whose name has a blank in"
                                    + " quotation marks. More than once for more.")
                    .build();

    private final OptionSpec kernel =
            OptionSpec.builder("--kernel")
                    .paramLabel("FILE")
                    .type(String.class)
                    .description(
                            "What firmware starts at its 16-bit entry, a Linux kernel or what"
                                    + " looks like one; needs --option-rom.")
                    .build();

    private final OptionSpec optionRom =
            OptionSpec.builder("--option-rom")
                    .paramLabel("FILE")
                    .type(String.class)
                    .description("What loads --kernel for firmware: QEMU's linuxboot_dma.bin.")
                    .build();

    private final OptionSpec loadAddress =
            OptionSpec.builder("--load-address")
                    .paramLabel("GPA")
                    .type(Unsigned.class)
                    .description("Where to load and enter bare code. Default: 0x1000.")
                    .build();

    private final OptionSpec parameters =
            OptionSpec.builder("-p", "--param")
                    .paramLabel("NAME=N")
                    .type(List.class)
                    .auxiliaryTypes(ParameterValue.class)
                    .initialValue(List.of())
                    .description(
                            "Set a parameter of the guest (kvm4j guests lists them, with their"
                                    + " defaults), or a 64-bit word of its parameter block by"
                                    + " number.")
                    .build();

    OptionGroup group() {
        return new OptionGroup(
                "Image",
                List.of(
                        format,
                        commandLine,
                        initrd,
                        modules,
                        kernel,
                        optionRom,
                        loadAddress,
                        parameters));
    }

    /**
     * Reads all that the machine starts.
     *
     * @param image the image
     * @param memorySize how much memory the guest has, in bytes
     * @throws Failure if a file is not there, or not what it has to be
     * @throws IllegalArgumentException if the options do not go with the image
     */
    Boot read(Image image, long memorySize) {
        GuestParameters block = GuestParameters.of(parameters.getValue(), image.guest());
        return checked(
                image.name(),
                () -> {
                    ImageFormat actual = formatOf(image);
                    requireFitting(actual, image);
                    if (!isLoadedInPart(actual)) {
                        HostFile.requireWithin(image.name(), image.file().bytes(), memorySize);
                    }
                    return new Boot(
                            actual,
                            readImage(actual, image, memorySize),
                            image.guest(),
                            readKernel(memorySize),
                            block,
                            format.getValue() == null ? actual.hints(image.file()) : List.of());
                });
    }

    private ImageFormat formatOf(Image image) {
        if (format.getValue() != null) {
            return format.getValue();
        }
        ImageFormat found = ImageFormat.of(image.file());
        boolean placed = found == ImageFormat.BOOTSECTOR && loadAddress.getValue() != null;
        return placed ? ImageFormat.FLAT : found;
    }

    /** ELF files have more in them than what is loaded, and disks more than their first sector. */
    private static boolean isLoadedInPart(ImageFormat format) {
        return switch (format) {
            case ELF32, ELF64, MULTIBOOT, MULTIBOOT2, PVH, VMLINUX, BOOTSECTOR -> true;
            case FLAT, FIRMWARE, BZIMAGE -> false;
        };
    }

    private void requireFitting(ImageFormat actual, Image image) {
        if (loadAddress.getValue() != null
                && (actual != ImageFormat.FLAT || image.guest().isPresent())) {
            throw new IllegalArgumentException(
                    "only bare code of your own is loaded where you like: drop --load-address");
        }
        if ((kernel.getValue() != null || optionRom.getValue() != null)
                && actual != ImageFormat.FIRMWARE) {
            throw misfit("--kernel and --option-rom are for firmware", actual);
        }
        if ((kernel.getValue() == null) != (optionRom.getValue() == null)) {
            throw new IllegalArgumentException("--kernel and --option-rom need each other");
        }
        if (!modules.<List<String>>getValue().isEmpty() && !takesModules(actual)) {
            throw misfit("--module is for multiboot and PVH kernels", actual);
        }
        if (initrd.getValue() != null && !takesInitrd(actual)) {
            throw misfit("--initrd is for Linux", actual);
        }
        if (!commandLine.<String>getValue().isEmpty()
                && !takesInitrd(actual)
                && !takesModules(actual)) {
            throw misfit("--append is for kernels that take a command line", actual);
        }
    }

    private static boolean takesModules(ImageFormat format) {
        return switch (format) {
            case MULTIBOOT, MULTIBOOT2, PVH -> true;
            case FLAT, BOOTSECTOR, FIRMWARE, ELF32, ELF64, BZIMAGE, VMLINUX -> false;
        };
    }

    private boolean takesInitrd(ImageFormat format) {
        return switch (format) {
            case PVH, BZIMAGE, VMLINUX -> true;
            case FIRMWARE -> kernel.getValue() != null;
            case FLAT, BOOTSECTOR, ELF32, ELF64, MULTIBOOT, MULTIBOOT2 -> false;
        };
    }

    private static IllegalArgumentException misfit(String rule, ImageFormat actual) {
        return new IllegalArgumentException(
                "%s, and the image is: %s".formatted(rule, actual.description()));
    }

    private BootImage readImage(ImageFormat actual, Image image, long memorySize) {
        return switch (actual) {
            case FLAT -> new FlatImage(image.file(), flatAddress());
            case FIRMWARE -> actual.read(image.file(), BootParameters.NONE);
            default -> actual.read(image.file(), bootParameters(image.name(), memorySize));
        };
    }

    private long flatAddress() {
        return loadAddress.getValue() == null
                ? FlatImage.DEFAULT_ADDRESS
                : loadAddress.<Unsigned>getValue().value();
    }

    private Optional<FirmwareKernel> readKernel(long memorySize) {
        return Optional.ofNullable(kernel.<String>getValue())
                .map(
                        file ->
                                checked(
                                        file,
                                        () ->
                                                new FirmwareKernel(
                                                        ImageFile.of(
                                                                HostFile.read(file, memorySize)),
                                                        HostFile.read(
                                                                optionRom.getValue(), memorySize),
                                                        bootParameters(file, memorySize))));
    }

    private BootParameters bootParameters(String name, long memorySize) {
        BootParameters result =
                BootParameters.NONE
                        .withName(bytes(name))
                        .withCommandLine(bytes(commandLine.getValue()));
        if (initrd.getValue() != null) {
            result = result.withModule(HostFile.read(initrd.getValue(), memorySize), "");
        }
        for (String module : modules.<List<String>>getValue()) {
            ModuleArgument argument = ModuleArgument.parse(module);
            result =
                    result.withModule(
                            HostFile.read(argument.file(), memorySize),
                            bytes(argument.commandLine()));
        }
        return result;
    }

    /** The text's UTF-8, each byte as a character: what was typed reaches the guest unchanged. */
    private static String bytes(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }

    /** Names the file that is not what it has to be. */
    private static <T> T checked(String file, Supplier<T> reading) {
        try {
            return reading.get();
        } catch (ImageException e) {
            throw new Failure(ExitStatus.BAD_IMAGE, file + ": " + e.getMessage(), e);
        }
    }
}
