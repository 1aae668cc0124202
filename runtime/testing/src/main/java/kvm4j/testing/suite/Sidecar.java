package kvm4j.testing.suite;

import kvm4j.boot.ImageFormat;
import kvm4j.machine.IrqchipMode;
import kvm4j.testing.Channel;
import kvm4j.testing.GuestSetup;
import kvm4j.testing.Quantity;
import kvm4j.testing.cpu.QemuCpu;
import kvm4j.testing.verdict.VerdictFormat;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.toml.TomlMapper;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A TOML file beside an image, {@code NAME.toml} for {@code NAME.elf}, that says how to run it:
 *
 * <pre>
 * memory = "128M"
 * cpus = 2
 * cpu = "qemu64,+x2apic"    # as QEMU's -cpu
 * irqchip = "kernel"        # split, none
 * timeout = "5s"
 * append = "console=ttyS0"
 * exit = 33                 # the exit code that is success
 * halt = true               # to halt for ever is success, too
 * qemu-exit = true          # QEMU's isa-debug-exit
 * test-device = true        # that of kvm-unit-tests
 * verdicts = "tap"          # any, none, kvm-unit-tests, rust
 * channel = "com2"          # debug-port
 * format = "flat"
 * skip = "why"
 * </pre>
 */
final class Sidecar {

    private final Path file;
    private final JsonNode values;

    private Sidecar(Path file, JsonNode values) {
        this.file = file;
        this.values = values;
    }

    /**
     * The side-car of an image.
     *
     * @return nothing if it has none
     * @throws IllegalArgumentException if it is not as it has to be
     */
    static Optional<Sidecar> of(Path image) {
        if (image.getNameCount() == 0) {
            return Optional.empty(); // the root folder, which is no image
        }
        String name = image.getFileName().toString();
        int dot = name.lastIndexOf('.');
        String stem = dot <= 0 ? name : name.substring(0, dot);
        Path file = image.resolveSibling(stem + ".toml");
        if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            return Optional.empty();
        }
        if (!Files.exists(file)) {
            throw new IllegalArgumentException(file + " leads to no file");
        }
        try {
            return Optional.of(new Sidecar(file, new TomlMapper().readTree(ShortFile.read(file))));
        } catch (IOException e) {
            throw new IllegalArgumentException("cannot read " + e.getMessage(), e);
        } catch (JacksonException e) {
            throw new IllegalArgumentException(file + ": " + e.getOriginalMessage(), e);
        }
    }

    /**
     * Why the image is not to be run.
     *
     * @throws IllegalArgumentException if that is neither a reason, true nor false
     */
    Optional<String> skip() {
        return Optional.ofNullable(values.get("skip")).flatMap(this::skip);
    }

    private Optional<String> skip(JsonNode value) {
        if (value.isBoolean()) {
            return value.booleanValue() ? Optional.of("as " + file + " says") : Optional.empty();
        }
        try {
            return Optional.of(text(value));
        } catch (IllegalArgumentException e) {
            throw mistake("skip", e);
        }
    }

    /** Why the image cannot run on a host, whose KVM does not have the processor. */
    Optional<String> obstacle(Path device) {
        return Optional.ofNullable(values.get("cpu")).flatMap(value -> obstacle(value, device));
    }

    private static Optional<String> obstacle(JsonNode cpu, Path device) {
        try {
            return QemuCpu.parse(text(cpu)).obstacle(device);
        } catch (IllegalArgumentException | UnsupportedOperationException mistake) {
            return Optional.empty(); // The image fails with that.
        }
    }

    void applyTo(GuestSetup setup) {
        for (Map.Entry<String, JsonNode> entry : values.properties()) {
            try {
                apply(entry.getKey(), entry.getValue(), setup);
            } catch (IllegalArgumentException | UnsupportedOperationException e) {
                throw mistake(entry.getKey(), e);
            }
        }
        // The order of keys has no meaning, and the device changes what success is.
        if (values.has("exit")) {
            setup.expectExit(number(values.get("exit")));
        }
    }

    private IllegalArgumentException mistake(String key, RuntimeException e) {
        return new IllegalArgumentException("%s: %s: %s".formatted(file, key, e.getMessage()), e);
    }

    private static void apply(String key, JsonNode value, GuestSetup setup) {
        switch (key) {
            case "memory" -> setup.memory(Quantity.bytes(text(value)));
            case "cpus" -> setup.cpus(number(value));
            case "cpu" -> setup.cpu(QemuCpu.parse(text(value)));
            case "irqchip" -> setup.irqchip(constant(IrqchipMode.class, value));
            case "timeout" -> setup.timeout(Quantity.duration(text(value)));
            case "append" -> setup.append(text(value));
            case "format" -> setup.format(constant(ImageFormat.class, value));
            case "verdicts" -> setup.verdicts(constant(VerdictFormat.class, value));
            case "channel" -> setup.verdictsOn(constant(Channel.class, value));
            case "halt" -> {
                if (flag(value)) {
                    setup.mayHalt();
                }
            }
            case "test-device" -> {
                if (flag(value)) {
                    setup.testDevice();
                }
            }
            case "qemu-exit" -> {
                if (flag(value)) {
                    setup.qemuExit();
                }
            }
            case "exit" -> number(value);
            case "skip" -> {}
            default -> throw new IllegalArgumentException("there is no such key");
        }
    }

    private static <E extends Enum<E>> E constant(Class<E> type, JsonNode value) {
        String name = text(value).toUpperCase(Locale.ROOT).replace('-', '_');
        E[] constants = type.getEnumConstants();
        return Arrays.stream(constants)
                .filter(constant -> constant.name().equals(name))
                .findFirst()
                .orElseThrow(
                        () ->
                                new IllegalArgumentException(
                                        value + " is none of: " + names(constants)));
    }

    private static String names(Enum<?>[] constants) {
        return Arrays.stream(constants)
                .map(constant -> constant.name().toLowerCase(Locale.ROOT).replace('_', '-'))
                .collect(Collectors.joining(", "));
    }

    private static String text(JsonNode value) {
        if (!value.isString() && !value.isNumber()) {
            throw new IllegalArgumentException(value + " is no text");
        }
        return value.asString();
    }

    private static int number(JsonNode value) {
        if (!value.isIntegralNumber() || !value.canConvertToInt()) {
            throw new IllegalArgumentException(value + " is no whole number of 32 bits");
        }
        return value.intValue();
    }

    private static boolean flag(JsonNode value) {
        if (!value.isBoolean()) {
            throw new IllegalArgumentException(value + " is neither true nor false");
        }
        return value.booleanValue();
    }
}
