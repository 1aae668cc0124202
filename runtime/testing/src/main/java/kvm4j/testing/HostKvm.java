package kvm4j.testing;

import kvm4j.guests.Guest;
import kvm4j.kvm.Kvm;
import kvm4j.kvm.KvmUnavailableException;
import kvm4j.x86.CpuId;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Predicate;

/** The host's KVM, as tests that need it ask for it. */
public final class HostKvm {

    private static final Path MODULES = Path.of("/sys/module");

    private static final ThreadLocal<Optional<Path>> CHOSEN =
            ThreadLocal.withInitial(Optional::empty);

    private HostKvm() {}

    /**
     * The device that guests under test use which are described on this thread.
     *
     * @return what was {@linkplain #choose chosen}, or the system property {@code kvm4j.device}, or
     *     the environment's {@code KVM4J_DEVICE}, or {@link Kvm#DEVICE}; an empty text is none
     */
    public static Path device() {
        return CHOSEN.get()
                .or(() -> named(System.getProperty("kvm4j.device")))
                .or(() -> named(System.getenv("KVM4J_DEVICE")))
                .orElse(Kvm.DEVICE);
    }

    private static Optional<Path> named(String text) {
        return Optional.ofNullable(text).filter(Predicate.not(String::isEmpty)).map(Path::of);
    }

    /**
     * Has this thread use another device, for a test framework whose own configuration names one.
     *
     * @param device the device; nothing takes the choice back
     * @return what was chosen before
     */
    public static Optional<Path> choose(Optional<Path> device) {
        Optional<Path> before = CHOSEN.get();
        CHOSEN.set(device);
        return before;
    }

    /**
     * Why no guest can run here, and what to do about it.
     *
     * @return nothing if guests can run
     */
    public static Optional<String> obstacle() {
        return obstacle(device());
    }

    /**
     * Why no guest can run on a device, and what to do about it.
     *
     * @param device the device
     * @return nothing if guests can run
     */
    public static Optional<String> obstacle(Path device) {
        try (Kvm _ = Kvm.open(device)) {
            return Optional.empty();
        } catch (KvmUnavailableException e) {
            return Optional.of(e.getMessage());
        }
    }

    /**
     * Why a guest of the catalogue cannot do on this host what it is for: a hypervisor whose
     * processor KVM does not let it have.
     *
     * @param device the device that would run it
     * @param guest the guest
     * @return the reason; nothing if it can, or if there is no KVM at all
     */
    public static Optional<String> obstacle(Path device, Guest guest) {
        return guest.extension()
                .filter(extension -> isMissing(device, extension))
                .map(
                        extension ->
                                "KVM offers guests no %s here; kvm4j run %s says why"
                                        .formatted(extension, guest.guestName()));
    }

    private static boolean isMissing(Path device, Guest.Extension extension) {
        try (Kvm kvm = Kvm.open(device)) {
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
