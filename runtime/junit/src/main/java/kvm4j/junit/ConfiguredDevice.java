package kvm4j.junit;

import kvm4j.testing.HostKvm;

import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;

import java.nio.file.Path;
import java.util.Optional;

/**
 * Has the guests of a test, its factories' too, run on the device that JUnit's configuration names.
 */
final class ConfiguredDevice
        implements BeforeAllCallback, AfterAllCallback, BeforeEachCallback, AfterEachCallback {

    private static final Namespace NAMESPACE = Namespace.create(ConfiguredDevice.class);
    private static final String PARAMETER = "kvm4j.device";

    private record Before(Optional<Path> choice) {}

    /** The device that JUnit's configuration names, or a system property. */
    static Optional<Path> of(ExtensionContext context) {
        return context.getConfigurationParameter(PARAMETER)
                .filter(name -> !name.isEmpty())
                .map(Path::of);
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        choose(context);
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        choose(context);
    }

    private static void choose(ExtensionContext context) {
        Optional<Path> device = of(context);
        if (device.isPresent()) {
            Before before = new Before(HostKvm.choose(device));
            context.getStore(NAMESPACE).put(context.getUniqueId(), before);
        }
    }

    @Override
    public void afterEach(ExtensionContext context) {
        restore(context);
    }

    @Override
    public void afterAll(ExtensionContext context) {
        restore(context);
    }

    private static void restore(ExtensionContext context) {
        Before before = context.getStore(NAMESPACE).remove(context.getUniqueId(), Before.class);
        if (before != null) {
            HostKvm.choose(before.choice());
        }
    }
}
