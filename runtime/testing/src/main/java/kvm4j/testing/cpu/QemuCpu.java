package kvm4j.testing.cpu;

import kvm4j.kvm.Kvm;
import kvm4j.kvm.KvmUnavailableException;
import kvm4j.kvm.Vcpu;
import kvm4j.kvm.msr.Msrs;
import kvm4j.machine.MachineBuilder;
import kvm4j.x86.CpuId;
import kvm4j.x86.Msr;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * A processor in the words of QEMU's {@code -cpu}: {@code
 * MODEL[,+feature][,-feature][,name=value]}.
 *
 * <p>{@code max} and {@code host} are all that KVM offers here. A model that QEMU has a name for
 * has the features of that processor, as far as KVM offers them, with QEMU's family, model,
 * stepping and name; its vendor is the host's, unless {@code vendor=} says otherwise, as QEMU has
 * it with KVM. Besides there are {@code family}, {@code model}, {@code stepping}, {@code level},
 * {@code xlevel}, {@code model-id}, {@code phys-bits}, {@code host-phys-bits}, {@code pmu}, {@code
 * kvm} and {@code enforce}.
 *
 * <p>{@code hv-relaxed}, {@code hv-time} and other such names, {@code hv-passthrough} for all that
 * KVM has, make the processor one of Hyper-V's as well, with what QEMU 7.2 tells of it.
 */
public final class QemuCpu {

    private static final Set<String> WHOLE = Set.of("host", "max");

    private static final int LEAST_ADDRESS_BITS = 32;
    private static final int MOST_ADDRESS_BITS = 52;

    /** Of a processor that QEMU names. */
    private static final int USUAL_ADDRESS_BITS = 40;

    private final String text;
    private final Optional<CpuModel> model;
    private final CpuOptions options;

    private QemuCpu(String text, Optional<CpuModel> model, CpuOptions options) {
        this.text = text;
        this.model = model;
        this.options = options;
    }

    /**
     * Reads what is behind {@code -cpu}.
     *
     * @param text the words
     * @return the processor
     * @throws IllegalArgumentException if there is no such model or feature, or a value cannot be
     * @throws UnsupportedOperationException if QEMU gives a guest more by it than KVM has, such as
     *     a frequency of its clock
     */
    public static QemuCpu parse(String text) {
        try {
            String[] words = text.split(",", -1);
            String name = words[0];
            Optional<CpuModel> model =
                    WHOLE.contains(name) ? Optional.empty() : Optional.of(model(name));
            CpuOptions options = CpuOptions.parse(Arrays.asList(words).subList(1, words.length));
            QemuCpu cpu = new QemuCpu(text, model, options);
            cpu.requireSound();
            return cpu;
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("processor " + text + ": " + e.getMessage(), e);
        } catch (UnsupportedOperationException e) {
            throw new UnsupportedOperationException("processor " + text + ": " + e.getMessage(), e);
        }
    }

    private void requireSound() {
        changed(Signature.of(0));
        hyperv().requireSound();
        options.number(CpuOptions.ADDRESS_BITS)
                .filter(bits -> bits < LEAST_ADDRESS_BITS || bits > MOST_ADDRESS_BITS)
                .ifPresent(
                        bits -> {
                            throw new IllegalArgumentException(
                                    "phys-bits are %d to %d, not %d"
                                            .formatted(
                                                    LEAST_ADDRESS_BITS, MOST_ADDRESS_BITS, bits));
                        });
    }

    private HypervOptions hyperv() {
        return new HypervOptions(options);
    }

    private static CpuModel model(String name) {
        return CpuModel.find(name)
                .orElseThrow(
                        () ->
                                new IllegalArgumentException(
                                        "there is no processor '"
                                                + name
                                                + "'; there are max, host, qemu64, and others that"
                                                + " qemu-system-x86_64 -cpu help shows"));
    }

    /**
     * What CPUID answers on such a processor.
     *
     * @param offered what it can answer, in its place among the others
     * @return a part of that, but for names and sizes
     */
    public CpuId of(CpuId offered) {
        CpuIdReduction reduction = new CpuIdReduction(offered);
        model.ifPresent(known -> reduction.keep(known.words()));
        options.features().forEach((name, on) -> switchFeature(reduction, name, on));
        options.text(CpuOptions.VENDOR).ifPresent(reduction::vendor);
        identify(reduction);
        reduction.completeFeatures();
        if (!options.isOn(CpuOptions.COUNTERS).orElse(model.isEmpty())) {
            reduction.removeCounters();
        }
        if (!options.isOn(CpuOptions.PARAVIRTUAL).orElse(true)) {
            reduction.removeParavirtual();
        }
        addressBits(reduction.offeredAddressBits()).ifPresent(reduction::addressBits);
        limit(reduction);
        return reduction.result();
    }

    private static void switchFeature(CpuIdReduction reduction, String name, boolean on) {
        for (FeatureBit bit : FeatureBit.of(name)) {
            if (bit instanceof FeatureBit.InCpuId known) {
                if (on) {
                    reduction.add(known);
                } else {
                    reduction.remove(known);
                }
            }
        }
    }

    private void identify(CpuIdReduction reduction) {
        Signature own = model.map(CpuModel::signature).orElseGet(reduction::signature);
        Signature signature = changed(own);
        if (!signature.equals(reduction.signature())) {
            reduction.sign(signature);
        }
        options.text(CpuOptions.TITLE)
                .or(() -> model.map(CpuModel::title))
                .ifPresent(reduction::title);
    }

    private Signature changed(Signature own) {
        Signature family = options.number(CpuOptions.FAMILY).map(own::withFamily).orElse(own);
        Signature numbered = options.number(CpuOptions.MODEL).map(family::withModel).orElse(family);
        return options.number(CpuOptions.STEPPING).map(numbered::withStepping).orElse(numbered);
    }

    private Optional<Integer> addressBits(int offered) {
        if (options.isOn(CpuOptions.HOST_ADDRESS_BITS).orElse(model.isEmpty())) {
            return model.map(_ -> offered);
        }
        return options.number(CpuOptions.ADDRESS_BITS)
                .or(() -> Optional.of(Math.min(offered, USUAL_ADDRESS_BITS)));
    }

    private void limit(CpuIdReduction reduction) {
        options.number(CpuOptions.LEVEL)
                .or(() -> model.map(CpuModel::highestLeaf).map(reduction::needed))
                .ifPresent(reduction::limitTo);
        options.number(CpuOptions.EXTENDED_LEVEL)
                .or(() -> model.map(CpuModel::highestExtendedLeaf).map(reduction::neededExtended))
                .ifPresent(reduction::limitExtendedTo);
    }

    /**
     * Has a machine's processors made so.
     *
     * @param machine the machine; its {@code build} throws a {@link MissingFeaturesException} if
     *     {@code enforce} is said, and KVM does not offer all features
     * @param missing told the names of features that are asked for by name and that KVM does not
     *     offer, for each processor when it is made
     */
    public void applyTo(MachineBuilder machine, Consumer<String> missing) {
        machine.cpuId(
                offered -> {
                    List<String> lacking = missing(offered);
                    if (options.isOn(CpuOptions.ENFORCE).orElse(false)) {
                        requireAll(offered, lacking);
                    }
                    lacking.forEach(missing);
                    return of(offered);
                });
        if (hyperv().areThere()) {
            machine.configureVcpu(vcpu -> makeHyperv(vcpu, missing)).exitHandler(new HypervExits());
        }
        machine.configureVcpu(vcpu -> switchMsrs(vcpu.msrs(), missing));
    }

    private void makeHyperv(Vcpu vcpu, Consumer<String> missing) {
        List<String> lacking = hyperv().applyTo(vcpu);
        if (!lacking.isEmpty() && options.isOn(CpuOptions.ENFORCE).orElse(false)) {
            throw new MissingFeaturesException(this, lacking);
        }
        lacking.forEach(missing);
    }

    /**
     * Why a host has no such processor, which QEMU refuses to make without what it is to have of
     * Hyper-V; all else that KVM does not offer is left out.
     *
     * @param device the host's KVM
     * @return the reason; nothing if the host has it, or if there is no KVM at all
     */
    public Optional<String> obstacle(Path device) {
        if (!hyperv().areThere()) {
            return Optional.empty();
        }
        try (Kvm kvm = Kvm.open(device)) {
            List<String> missing = hyperv().missing(kvm);
            return missing.isEmpty()
                    ? Optional.empty()
                    : Optional.of(new MissingFeaturesException(this, missing).getMessage());
        } catch (KvmUnavailableException noneAtAll) {
            return Optional.empty();
        }
    }

    private void requireAll(CpuId offered, List<String> lacking) {
        List<String> all = new ArrayList<>(lacking);
        model.ifPresent(known -> all.addAll(FeatureBit.missing(known.words(), offered)));
        if (!all.isEmpty()) {
            throw new MissingFeaturesException(this, all);
        }
    }

    private List<String> missing(CpuId offered) {
        return options.features().entrySet().stream()
                .filter(Map.Entry::getValue)
                .map(Map.Entry::getKey)
                .filter(name -> FeatureBit.of(name).stream().anyMatch(bit -> lacks(offered, bit)))
                .toList();
    }

    private static boolean lacks(CpuId offered, FeatureBit bit) {
        return bit instanceof FeatureBit.InCpuId known
                && (known.word().in(offered) & known.mask()) == 0;
    }

    private void switchMsrs(Msrs msrs, Consumer<String> missing) {
        options.features()
                .forEach(
                        (name, on) -> {
                            for (FeatureBit bit : FeatureBit.of(name)) {
                                if (bit instanceof FeatureBit.InMsr known
                                        && !switchMsr(msrs, known, on)
                                        && on) {
                                    missing.accept(name);
                                }
                            }
                        });
    }

    /** Whether the processor had it, which it has no longer if it is not on. */
    private static boolean switchMsr(Msrs msrs, FeatureBit.InMsr bit, boolean on) {
        for (Msr msr : msrs.getReadable(bit.msr())) {
            if ((msr.value() & bit.mask()) != 0) {
                if (!on) {
                    msrs.set(msr.index(), msr.value() & ~bit.mask());
                }
                return true;
            }
        }
        return false;
    }

    /** {@return the words, as they were read} */
    @Override
    public String toString() {
        return text;
    }
}
