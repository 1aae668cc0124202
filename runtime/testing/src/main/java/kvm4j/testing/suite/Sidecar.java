package kvm4j.testing.suite;

import kvm4j.boot.ImageFormat;
import kvm4j.machine.IrqchipMode;
import kvm4j.testing.Channel;
import kvm4j.testing.GuestSetup;
import kvm4j.testing.Quantity;
import kvm4j.testing.verdict.VerdictFormat;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.toml.TomlMapper;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * A TOML file beside an image, {@code NAME.toml} for {@code NAME.elf}, that says how to run it:
 *
 * <pre>
 * memory = "128M"
 * cpus = 2
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
        String name = image.getFileName().toString();
        int dot = name.lastIndexOf('.');
        String stem = dot <= 0 ? name : name.substring(0, dot);
        Path file = image.resolveSibling(stem + ".toml");
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        try {
            return Optional.of(new Sidecar(file, new TomlMapper().readTree(file)));
        } catch (JacksonException e) {
            throw new IllegalArgumentException(file + ": " + e.getOriginalMessage(), e);
        }
    }

    /** Why the image is not to be run. */
    Optional<String> skip() {
        return Optional.ofNullable(values.get("skip")).map(JsonNode::asString);
    }

    void applyTo(GuestSetup setup) {
        for (Map.Entry<String, JsonNode> entry : values.properties()) {
            try {
                apply(entry.getKey(), entry.getValue(), setup);
            } catch (IllegalArgumentException | JacksonException e) {
                throw new IllegalArgumentException(
                        "%s: %s: %s".formatted(file, entry.getKey(), e.getMessage()), e);
            }
        }
        // Here, as the order of keys has no meaning and the device changes what success is.
        if (values.path("qemu-exit").asBoolean(false)) {
            setup.qemuExit();
        }
        if (values.has("exit")) {
            setup.expectExit(values.get("exit").asInt());
        }
    }

    private static void apply(String key, JsonNode value, GuestSetup setup) {
        switch (key) {
            case "memory" -> setup.memory(Quantity.bytes(value.asString()));
            case "cpus" -> setup.cpus(value.asInt());
            case "irqchip" -> setup.irqchip(constant(IrqchipMode.class, value));
            case "timeout" -> setup.timeout(Quantity.duration(value.asString()));
            case "append" -> setup.append(value.asString());
            case "format" -> setup.format(constant(ImageFormat.class, value));
            case "verdicts" -> setup.verdicts(constant(VerdictFormat.class, value));
            case "channel" -> setup.verdictsOn(constant(Channel.class, value));
            case "halt" -> {
                if (value.asBoolean()) {
                    setup.mayHalt();
                }
            }
            case "test-device" -> {
                if (value.asBoolean()) {
                    setup.testDevice();
                }
            }
            case "exit", "qemu-exit", "skip" -> {}
            default -> throw new IllegalArgumentException("there is no such key");
        }
    }

    private static <E extends Enum<E>> E constant(Class<E> type, JsonNode value) {
        return Enum.valueOf(type, value.asString().toUpperCase(Locale.ROOT).replace('-', '_'));
    }
}
