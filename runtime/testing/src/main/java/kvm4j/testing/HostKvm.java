package kvm4j.testing;

import kvm4j.guests.Guest;
import kvm4j.kvm.Kvm;
import kvm4j.kvm.KvmUnavailableException;
import kvm4j.x86.CpuId;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** The host's KVM, as tests that need it ask for it. */
public final class HostKvm {

    private static final Path MODULES = Path.of("/sys/module");

    private HostKvm() {}

    /**
     * The device that guests under test use.
     *
     * @return the system property {@code kvm4j.device}, or the environment's {@code KVM4J_DEVICE},
     *     or {@link Kvm#DEVICE}
     */
    public static Path device() {
        String environment = System.getenv("KVM4J_DEVICE");
        String usual = environment == null ? Kvm.DEVICE.toString() : environment;
        return Path.of(System.getProperty("kvm4j.device", usual));
    }

    /**
     * Why no guest can run here, and what to do about it.
     *
     * @return nothing if guests can run
     */
    public static Optional<String> obstacle() {
        try (Kvm _ = Kvm.open(device())) {
            return Optional.empty();
        } catch (KvmUnavailableException e) {
            return Optional.of(e.getMessage());
        }
    }

    /**
     * Why a guest of the catalogue cannot do on this host what it is for: a hypervisor whose
     * processor KVM does not let it have.
     *
     * @param guest the guest
     * @return the reason; nothing if it can, or if there is no KVM at all
     */
    public static Optional<String> obstacle(Guest guest) {
        return guest.extension()
                .filter(HostKvm::isMissing)
                .map(
                        extension ->
                                "KVM offers guests no %s here; kvm4j run %s says why"
                                        .formatted(extension, guest.guestName()));
    }

    private static boolean isMissing(Guest.Extension extension) {
        try (Kvm kvm = Kvm.open(device())) {
            CpuId offered = kvm.supportedCpuId();
            return switch (extension) {
                case VMX -> !offered.hasVmx();
                case SVM -> !offered.hasSvm();
            };
        } catch (KvmUnavailableException noneAtAll) {
            return false;
        }
    }

    /**
     * Whether the environment says that there has to be KVM, so that its absence is a failure.
     *
     * @return whether {@code CI} is in the environment, and not {@code false}
     */
    public static boolean isDemanded() {
        String ci = System.getenv("CI");
        return ci != null && !ci.isEmpty() && !ci.equals("false");
    }

    /**
     * Whether a part of KVM is in the running kernel.
     *
     * @param module such as {@code kvm_intel}
     * @return whether it is loaded or built in
     */
    public static boolean hasModule(String module) {
        return Files.exists(MODULES.resolve(module));
    }

    /**
     * Whether a part of KVM lets guests run guests of their own.
     *
     * @param module such as {@code kvm_intel}
     * @return whether its parameter {@code nested} is on
     */
    public static boolean isNested(String module) {
        try {
            String value =
                    Files.readString(MODULES.resolve(module).resolve("parameters/nested")).strip();
            return value.equals("Y") || value.equals("1");
        } catch (IOException e) {
            return false;
        }
    }
}
