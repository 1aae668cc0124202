package kvm4j.benchmarks.host;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What a host is, as far as it bears on the cost of an exit. */
public final class HostFacts {

    static final String CPU_MODEL = "CPU";
    static final String CPU_SIGNATURE = "CPU family, model, stepping";
    static final String MACHINE = "machine";
    static final String CPUS_ONLINE = "CPUs online";
    static final String CPUS_ISOLATED = "CPUs isolated";
    static final String KERNEL = "kernel";
    static final String VENDOR_MODULE = "KVM vendor module";
    static final String HYPERVISOR = "runs in a hypervisor";
    static final String GOVERNOR = "governor";
    static final String TURBO = "turbo";
    static final String SMT = "SMT";

    /** Before a module's name. */
    static final String PARAMETERS_OF = "parameters of ";

    /** Before a vulnerability's name. */
    static final String VULNERABILITY = "vulnerability ";

    private static final String CPU = "sys/devices/system/cpu/";
    private static final List<String> VENDOR_MODULES = List.of("kvm_intel", "kvm_amd", "kvm_pvm");

    private final HostFiles files;

    /**
     * Facts from files.
     *
     * @param files what the kernel tells
     */
    public HostFacts(HostFiles files) {
        this.files = files;
    }

    /** {@return every fact with its name, in the order in which to show them} */
    public Map<String, String> all() {
        Map<String, String> facts = new LinkedHashMap<>();
        put(facts, CPU_MODEL, files.value("proc/cpuinfo", "model name"));
        put(facts, CPU_SIGNATURE, signature());
        put(facts, "microcode", files.value("proc/cpuinfo", "microcode"));
        put(facts, CPUS_ONLINE, files.text(CPU + "online"));
        put(facts, CPUS_ISOLATED, files.text(CPU + "isolated"));
        put(facts, MACHINE, machine());
        put(facts, "memory", files.value("proc/meminfo", "MemTotal"));
        put(facts, KERNEL, files.text("proc/sys/kernel/osrelease"));
        put(facts, "kernel command line", files.text("proc/cmdline"));
        put(facts, VENDOR_MODULE, vendorModule());
        put(facts, HYPERVISOR, Optional.of(isNested() ? "yes" : "no"));
        put(facts, "nested KVM", nestedParameter());
        moduleParameters().forEach((name, value) -> put(facts, name, Optional.of(value)));
        put(facts, GOVERNOR, Optional.of(governors()));
        put(facts, TURBO, turbo().map(on -> on ? "on" : "off"));
        put(facts, SMT, files.text(CPU + "smt/control"));
        put(
                facts,
                "clock source",
                files.text("sys/devices/system/clocksource/clocksource0/current_clocksource"));
        put(
                facts,
                "transparent huge pages",
                files.text("sys/kernel/mm/transparent_hugepage/enabled"));
        for (String vulnerability : files.names(CPU + "vulnerabilities")) {
            put(
                    facts,
                    VULNERABILITY + vulnerability,
                    files.text(CPU + "vulnerabilities/" + vulnerability)
                            .filter(state -> !state.equals("Not affected")));
        }
        return facts;
    }

    private static void put(Map<String, String> facts, String name, Optional<String> value) {
        value.filter(text -> !text.isEmpty()).ifPresent(text -> facts.put(name, text));
    }

    /** What CPUID leaf 1 says of the processor. */
    private Optional<String> signature() {
        List<String> numbers =
                Stream.of("cpu family", "model", "stepping")
                        .map(key -> files.value("proc/cpuinfo", key))
                        .flatMap(Optional::stream)
                        .toList();
        return Optional.of(String.join("/", numbers));
    }

    /** Who made the machine, or whose virtual machine it is, as its firmware says. */
    private Optional<String> machine() {
        List<String> names =
                Stream.of("sys_vendor", "product_name")
                        .map(name -> files.text("sys/class/dmi/id/" + name))
                        .flatMap(Optional::stream)
                        .toList();
        return Optional.of(String.join(" ", names));
    }

    /**
     * The module that drives the processor's virtualization.
     *
     * @return such as {@code kvm_intel}, or empty if none is loaded
     */
    public Optional<String> vendorModule() {
        List<String> loaded = files.names("sys/module");
        return VENDOR_MODULES.stream().filter(loaded::contains).findFirst();
    }

    private Optional<String> nestedParameter() {
        return vendorModule()
                .flatMap(module -> files.text("sys/module/" + module + "/parameters/nested"));
    }

    /** The parameters of KVM's modules, all of a module in one fact. */
    private Map<String, String> moduleParameters() {
        Map<String, String> parameters = new LinkedHashMap<>();
        Stream.concat(Stream.of("kvm"), vendorModule().stream())
                .forEach(module -> parameters.put(PARAMETERS_OF + module, parametersOf(module)));
        return parameters;
    }

    private String parametersOf(String module) {
        String folder = "sys/module/" + module + "/parameters";
        return files.names(folder).stream()
                .flatMap(
                        name ->
                                files.text(folder + "/" + name).stream()
                                        .map(value -> name + "=" + value))
                .collect(Collectors.joining(" "));
    }

    /**
     * Whether the time-stamp counter counts the same at every frequency and in every sleep.
     *
     * @return whether cycles are a measure of time
     */
    public boolean hasConstantTsc() {
        return files.value("proc/cpuinfo", "flags")
                .map(flags -> List.of(flags.split(" ")))
                .filter(flags -> flags.containsAll(List.of("constant_tsc", "nonstop_tsc")))
                .isPresent();
    }

    /** Whether this host is itself a guest. */
    boolean isNested() {
        return files.value("proc/cpuinfo", "flags")
                .map(flags -> List.of(flags.split(" ")).contains("hypervisor"))
                .orElse(false);
    }

    /** Whether the frequency may rise above the nominal one, where the host tells. */
    Optional<Boolean> turbo() {
        return files.text(CPU + "intel_pstate/no_turbo")
                .map("0"::equals)
                .or(() -> files.text(CPU + "cpufreq/boost").map("1"::equals));
    }

    /** The frequency governors of all CPUs, each once. */
    String governors() {
        return files.names(CPU).stream()
                .filter(name -> name.matches("cpu\\d+"))
                .map(name -> files.text(CPU + name + "/cpufreq/scaling_governor"))
                .flatMap(Optional::stream)
                .distinct()
                .collect(Collectors.joining(", "));
    }

    /** Whether CPUs share cores. */
    boolean sharesCores() {
        return files.text(CPU + "smt/active").map("1"::equals).orElse(false);
    }

    /** The CPUs, online. */
    int cpus() {
        return (int)
                files.text("proc/stat")
                        .map(
                                text ->
                                        text.lines()
                                                .filter(line -> line.matches("cpu\\d+ .*"))
                                                .count())
                        .orElse(1L)
                        .longValue();
    }

    /** How many tasks wanted a CPU over the last minute. */
    double load() {
        return files.text("proc/loadavg")
                .map(text -> Double.parseDouble(text.split(" ")[0]))
                .orElse(0.0);
    }
}
