package kvm4j.testing.cpu;

import static java.util.Map.entry;

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
            Set.of(
                    HOST_ADDRESS_BITS,
                    PARAVIRTUAL,
                    COUNTERS,
                    ENFORCE,
                    HypervOptions.ALL,
                    HypervOptions.ENFORCED);

    /** With how many bits each has. */
    private static final Map<String, Integer> NUMBERS =
            Map.ofEntries(
                    entry(FAMILY, Integer.SIZE),
                    entry(MODEL, Integer.SIZE),
                    entry(STEPPING, Integer.SIZE),
                    entry(LEVEL, Integer.SIZE),
                    entry(EXTENDED_LEVEL, Integer.SIZE),
                    entry(ADDRESS_BITS, Integer.SIZE),
                    entry(HypervOptions.SPINS, Integer.SIZE),
                    entry(HypervLeaves.BUILD, Integer.SIZE),
                    entry(HypervLeaves.MAJOR, Short.SIZE),
                    entry(HypervLeaves.MINOR, Short.SIZE),
                    entry(HypervLeaves.SERVICE_PACK, Integer.SIZE),
                    entry(HypervLeaves.BRANCH, Byte.SIZE),
                    entry(HypervLeaves.SERVICE_NUMBER, Integer.SIZE),
                    entry(HypervLeaves.MOST_PROCESSORS, Integer.SIZE));

    private static final Set<String> TEXTS = Set.of(TITLE, HypervLeaves.VENDOR);

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
                    "hv-(emsr-bitmap|evmcs|syndbg|tlbflush-direct)|(kvm|vmx|x|sgx|min)-.*"
                            + "|(apic|core|die|node|socket|thread)-id"
                            + "|host-phys-bits-limit|lbr-fmt|level-func7|lmce|tsc-freq(uency)?"
                            + "|ucode-rev|vmware-cpuid-freq|xlevel2");

    private static final String AUTO = "auto";
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
            if (word.isEmpty()) {
                continue; // QEMU sees nothing between two commas either
            }
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
        } else if (HypervFeature.find(name).isPresent()) {
            String feature = HypervFeature.find(name).get().qemuName();
            values.put(feature, onOrOff(name, value));
        } else if (SWITCHES.contains(name)) {
            values.put(name, onOrOff(name, value));
        } else if (name.equals(HypervLeaves.ALONE_ON_ITS_CORE)) {
            values.put(name, value.equals(AUTO) ? AUTO : onOrOff(name, value));
        } else if (NUMBERS.containsKey(name)) {
            values.put(name, Integer.toUnsignedString(number(name, value)));
        } else if (name.equals(VENDOR)) {
            values.put(name, vendor(value));
        } else if (TEXTS.contains(name)) {
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

    private static String onOrOff(String name, String value) {
        return isOn(name, value) ? "on" : "off";
    }

    private static boolean isOn(String name, String value) {
        if (!ON.contains(value) && !OFF.contains(value)) {
            throw new IllegalArgumentException(name + "=" + value + " is neither on nor off");
        }
        return ON.contains(value);
    }

    private static int number(String name, String value) {
        int bits = NUMBERS.get(name);
        boolean mayBeLess = name.equals(HypervLeaves.MOST_PROCESSORS); // -1, for no limit
        try {
            long number = Long.decode(value);
            if (number >= (mayBeLess ? -1 : 0) && number < 1L << bits) {
                return (int) number;
            }
        } catch (NumberFormatException e) {
            // told below
        }
        throw new IllegalArgumentException(
                name + "=" + value + " is no number of " + bits + " bits");
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
