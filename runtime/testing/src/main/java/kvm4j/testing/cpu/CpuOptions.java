package kvm4j.testing.cpu;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What is said behind a model: {@code name=value}, {@code +feature}, {@code -feature}. As with QEMU
 * pluses count more than values, and minuses more than pluses.
 *
 * @param features which are switched on or off, by their names
 * @param values all else, by name
 */
record CpuOptions(Map<String, Boolean> features, Map<String, String> values) {

    static final String VENDOR = "vendor";
    static final String FAMILY = "family";
    static final String MODEL = "model";
    static final String STEPPING = "stepping";
    static final String LEVEL = "level";
    static final String EXTENDED_LEVEL = "xlevel";
    static final String TITLE = "model-id";
    static final String ADDRESS_BITS = "phys-bits";
    static final String HOST_ADDRESS_BITS = "host-phys-bits";
    static final String PARAVIRTUAL = "kvm";
    static final String COUNTERS = "pmu";
    static final String ENFORCE = "enforce";

    private static final Set<String> SWITCHES =
            Set.of(HOST_ADDRESS_BITS, PARAVIRTUAL, COUNTERS, ENFORCE);
    private static final Set<String> NUMBERS =
            Set.of(FAMILY, MODEL, STEPPING, LEVEL, EXTENDED_LEVEL, ADDRESS_BITS);

    /** About QEMU's messages, its migration, and what KVM does here as it is. */
    private static final Set<String> WITHOUT_EFFECT =
            Set.of(
                    "check",
                    "cpuid-0xb",
                    "fill-mtrr-mask",
                    "full-cpuid-auto-level",
                    "host-cache-info",
                    "kvm-no-smi-migration",
                    "l3-cache",
                    "migratable",
                    "tcg-cpuid");

    /** What QEMU has besides. */
    private static final Pattern QEMUS_ALONE =
            Pattern.compile(
                    "(hv|kvm|vmx|x|sgx|min)-.*|(apic|core|die|node|socket|thread|hv-vendor)-id"
                            + "|host-phys-bits-limit|lbr-fmt|level-func7|lmce|tsc-freq(uency)?"
                            + "|ucode-rev|vmware-cpuid-freq|xlevel2");

    private static final Set<String> ON = Set.of("on", "yes", "true", "y");
    private static final Set<String> OFF = Set.of("off", "no", "false", "n");

    /**
     * Reads them.
     *
     * @throws IllegalArgumentException if one has no meaning
     * @throws UnsupportedOperationException if one has a meaning to QEMU alone
     */
    static CpuOptions parse(List<String> words) {
        CpuOptions options = new CpuOptions(new LinkedHashMap<>(), new LinkedHashMap<>());
        List<String> added = new ArrayList<>();
        List<String> removed = new ArrayList<>();
        for (String word : words) {
            if (word.startsWith("+")) {
                added.add(word.substring(1));
            } else if (word.startsWith("-")) {
                removed.add(word.substring(1));
            } else {
                String[] parts = word.split("=", 2);
                options.set(dashed(parts[0]), parts.length == 1 ? "on" : parts[1]);
            }
        }
        added.forEach(name -> options.set(dashed(name), "on"));
        removed.forEach(name -> options.set(dashed(name), "off"));
        return options;
    }

    private static String dashed(String name) {
        return name.replace('_', '-');
    }

    private void set(String name, String value) {
        if (!FeatureBit.of(name).isEmpty()) {
            features.remove(name);
            features.put(name, isOn(name, value));
        } else if (SWITCHES.contains(name)) {
            values.put(name, isOn(name, value) ? "on" : "off");
        } else if (NUMBERS.contains(name)) {
            values.put(name, Integer.toUnsignedString(number(name, value)));
        } else if (name.equals(VENDOR)) {
            values.put(name, vendor(value));
        } else if (name.equals(TITLE)) {
            values.put(name, value);
        } else if (QEMUS_ALONE.matcher(name).matches()) {
            requireOff(name, value);
        } else if (!WITHOUT_EFFECT.contains(name)) {
            throw new IllegalArgumentException("there is no feature '" + name + "'");
        }
    }

    private static void requireOff(String name, String value) {
        if (!OFF.contains(value)) {
            throw new UnsupportedOperationException("kvm4j has no " + name);
        }
    }

    private static boolean isOn(String name, String value) {
        if (!ON.contains(value) && !OFF.contains(value)) {
            throw new IllegalArgumentException(name + "=" + value + " is neither on nor off");
        }
        return ON.contains(value);
    }

    private static int number(String name, String value) {
        try {
            long number = Long.decode(value);
            if (number >= 0 && number < 1L << Integer.SIZE) {
                return (int) number;
            }
        } catch (NumberFormatException e) {
            // told below
        }
        throw new IllegalArgumentException(name + "=" + value + " is no number of 32 bits");
    }

    private static String vendor(String value) {
        if (!value.matches("[ -~]{12}")) {
            throw new IllegalArgumentException("vendor=" + value + " has not 12 characters");
        }
        return value;
    }

    /** What is said, where it is. */
    Optional<String> text(String name) {
        return Optional.ofNullable(values.get(name));
    }

    /** A number, as its 32 bits. */
    Optional<Integer> number(String name) {
        return Optional.ofNullable(values.get(name)).map(Integer::parseUnsignedInt);
    }

    /** Whether a switch is on, where it is said. */
    Optional<Boolean> isOn(String name) {
        return Optional.ofNullable(values.get(name)).map("on"::equals);
    }
}
