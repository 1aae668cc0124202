package kvm4j.benchmarks.host;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What has to be the same of two hosts for their figures to be compared. Hosts of one fleet, of the
 * same make and set up alike, have the same fingerprint.
 *
 * <p>Part of it is what decides how long an exit takes and stays until somebody changes the host:
 *
 * <ul>
 *   <li>the processor: model name, family, model and stepping; the machine around it, which for a
 *       virtual machine is its hypervisor's; whether there is a hypervisor below; the CPUs online
 *       and isolated;
 *   <li>the kernel's release up to its second number, since exits are its code; KVM's vendor module
 *       and those parameters that choose between ways through it, such as EPT or shadow paging;
 *   <li>how fast the processor may go: governor, turbo, SMT;
 *   <li>which vulnerabilities are mitigated, and which are left open: an exit crosses the boundary
 *       where mitigations cost most.
 * </ul>
 *
 * <p>No part of it is what is measured, kvm4j, the JVM and the C compiler; what changes by itself
 * and moves what Java adds to C by next to nothing, such as microcode, a kernel's patch level and
 * command line, or the size of the memory; and the host's name. Comparisons name these if they
 * differ.
 *
 * @param facts each part of it by its name; a fact that a host does not tell is not there
 */
public record Fingerprint(SortedMap<String, String> facts) {

    private static final List<String> TAKEN_AS_THEY_ARE =
            List.of(
                    HostFacts.CPU_MODEL,
                    HostFacts.CPU_SIGNATURE,
                    HostFacts.MACHINE,
                    HostFacts.HYPERVISOR,
                    HostFacts.CPUS_ONLINE,
                    HostFacts.CPUS_ISOLATED,
                    HostFacts.VENDOR_MODULE,
                    HostFacts.GOVERNOR,
                    HostFacts.TURBO,
                    HostFacts.SMT);

    /** What chooses between ways through KVM, of kvm, kvm_intel and kvm_amd. */
    private static final List<String> PARAMETERS =
            List.of("ept", "npt", "vpid", "enable_apicv", "avic", "nested", "halt_poll_ns");

    private static final Pattern RELEASE = Pattern.compile("\\d+\\.\\d+");
    private static final int ID_DIGITS = 12;

    /** A fingerprint, which does not change with the map that it is made of. */
    public Fingerprint {
        facts = Collections.unmodifiableSortedMap(new TreeMap<>(facts));
    }

    /**
     * The fingerprint of the host that this runs on.
     *
     * @param files what its kernel tells
     * @return its fingerprint
     */
    public static Fingerprint of(HostFiles files) {
        return of(new HostFacts(files).all());
    }

    /**
     * The fingerprint of a host.
     *
     * @param host its facts, as results have them
     * @return its fingerprint
     */
    public static Fingerprint of(Map<String, String> host) {
        SortedMap<String, String> facts = new TreeMap<>();
        for (String name : TAKEN_AS_THEY_ARE) {
            put(facts, name, host.get(name));
        }
        put(facts, HostFacts.KERNEL, release(host.get(HostFacts.KERNEL)));
        put(facts, "KVM parameters", parameters(host));
        put(facts, "mitigated", vulnerabilities(host, "Mitigation"));
        put(facts, "vulnerable", vulnerabilities(host, "Vulnerable"));
        return new Fingerprint(facts);
    }

    private static void put(Map<String, String> facts, String name, String value) {
        if (value != null && !value.isEmpty()) {
            facts.put(name, value);
        }
    }

    private static String release(String kernel) {
        if (kernel == null) {
            return null;
        }
        Matcher start = RELEASE.matcher(kernel);
        return start.lookingAt() ? start.group() : kernel;
    }

    private static String parameters(Map<String, String> host) {
        return host.entrySet().stream()
                .filter(fact -> fact.getKey().startsWith(HostFacts.PARAMETERS_OF))
                .flatMap(fact -> Arrays.stream(Objects.toString(fact.getValue(), "").split(" ")))
                .filter(parameter -> PARAMETERS.contains(parameter.split("=", 2)[0]))
                .sorted()
                .collect(Collectors.joining(" "));
    }

    /** The names of those vulnerabilities whose state begins with a word. */
    private static String vulnerabilities(Map<String, String> host, String state) {
        return host.entrySet().stream()
                .filter(fact -> fact.getKey().startsWith(HostFacts.VULNERABILITY))
                .filter(fact -> Objects.toString(fact.getValue(), "").startsWith(state))
                .map(fact -> fact.getKey().substring(HostFacts.VULNERABILITY.length()))
                .sorted()
                .collect(Collectors.joining(" "));
    }

    /** {@return twelve hexadecimal digits that stand for all of it} */
    public String id() {
        String text =
                facts.entrySet().stream()
                        .map(fact -> fact.getKey() + "\0" + fact.getValue() + "\0")
                        .collect(Collectors.joining());
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            byte[] hash = digest.digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash).substring(0, ID_DIGITS);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java has SHA-256", e);
        }
    }

    /**
     * What keeps this host from being compared with another.
     *
     * @param other the other
     * @return each fact that differs, with both its values; none if the two are the same
     */
    public List<String> differences(Fingerprint other) {
        TreeSet<String> names = new TreeSet<>(facts.keySet());
        names.addAll(other.facts.keySet());
        List<String> differences = new ArrayList<>();
        for (String name : names) {
            String own = facts.getOrDefault(name, "not known");
            String others = other.facts.getOrDefault(name, "not known");
            if (!own.equals(others)) {
                differences.add("%s is %s, not %s".formatted(name, own, others));
            }
        }
        return differences;
    }

    /** {@return the host in a few words: processor, module and kernel, as far as they are known} */
    public String title() {
        String title =
                Stream.of(
                                fact(HostFacts.CPU_MODEL),
                                fact(HostFacts.VENDOR_MODULE),
                                fact(HostFacts.KERNEL).map(release -> "Linux " + release))
                        .flatMap(Optional::stream)
                        .collect(Collectors.joining(", "));
        return title.isEmpty() ? "a host that tells nothing" : title;
    }

    private Optional<String> fact(String name) {
        return Optional.ofNullable(facts.get(name));
    }
}
