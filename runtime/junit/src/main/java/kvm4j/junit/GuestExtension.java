package kvm4j.junit;

import kvm4j.testing.FinishedGuest;
import kvm4j.testing.GuestSetup;
import kvm4j.testing.Quantity;
import kvm4j.testing.RunningGuest;
import kvm4j.testing.cpu.QemuCpu;

import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ExtensionContext.Store;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;

import java.lang.reflect.Method;
import java.nio.file.Path;
import java.util.Arrays;

/** Injects guests, and looks after them: {@link Guest}. */
final class GuestExtension
        implements ParameterResolver, TestExecutionExceptionHandler, AfterEachCallback {

    private static final Namespace NAMESPACE = Namespace.create(GuestExtension.class);

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        Class<?> type = parameter.getParameter().getType();
        return parameter.isAnnotated(Guest.class)
                && parameter.getDeclaringExecutable() instanceof Method
                && (type == GuestSetup.class
                        || type == RunningGuest.class
                        || type == FinishedGuest.class);
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        GuestSetup setup = setup(parameter.findAnnotation(Guest.class).orElseThrow());
        GuestMatrixExtension.overrides(context).accept(setup);
        ConfiguredDevice.of(context).ifPresent(setup::kvm);
        setup.whenStarted(guests(context)::add);
        Class<?> type = parameter.getParameter().getType();
        if (type == GuestSetup.class) {
            return setup;
        }
        RunningGuest guest = setup.start();
        return type == RunningGuest.class ? guest : guest.finish();
    }

    private static GuestSetup setup(Guest guest) {
        if (guest.value().isEmpty() == guest.path().isEmpty()) {
            throw new ParameterResolutionException("@Guest wants a name or a path, one of them");
        }
        GuestSetup setup =
                guest.path().isEmpty()
                        ? GuestSetup.of(guest.value())
                        : GuestSetup.of(Path.of(guest.path()));
        setup.memory(Quantity.bytes(guest.memory()))
                .cpus(guest.cpus())
                .timeout(Quantity.duration(guest.timeout()))
                .append(guest.append());
        if (!guest.cpu().isEmpty()) {
            setup.cpu(QemuCpu.parse(guest.cpu()));
        }
        if (guest.irqchip().length > 1) {
            throw new ParameterResolutionException(
                    "@Guest takes one irqchip, @GuestMatrix several: "
                            + Arrays.toString(guest.irqchip()));
        }
        for (var mode : guest.irqchip()) {
            setup.irqchip(mode);
        }
        for (String parameter : guest.parameters()) {
            String[] parts = parameter.split("=", 2);
            if (parts.length < 2) {
                throw new ParameterResolutionException(
                        "'" + parameter + "' is no parameter: NAME=NUMBER");
            }
            setup.parameter(parts[0], number(parts[1]));
        }
        return setup;
    }

    /** 64 bits without a sign, decimal or hexadecimal, as {@code kvm4j run --param} takes them. */
    private static long number(String text) {
        try {
            return text.startsWith("0x")
                    ? Long.parseUnsignedLong(text, 2, text.length(), 16)
                    : Long.parseUnsignedLong(text);
        } catch (NumberFormatException e) {
            throw new ParameterResolutionException(
                    "'" + text + "' is not a number from 0 to 2^64 - 1; examples: 10, 0xa", e);
        }
    }

    private static GuestsOfTest guests(ExtensionContext context) {
        Store store = context.getStore(NAMESPACE);
        return store.getOrComputeIfAbsent(
                GuestsOfTest.class, _ -> new GuestsOfTest(), GuestsOfTest.class);
    }

    @Override
    public void handleTestExecutionException(ExtensionContext context, Throwable failure)
            throws Throwable {
        for (String report : guests(context).reports()) {
            failure.addSuppressed(new GuestReport(report));
        }
        throw failure;
    }

    @Override
    public void afterEach(ExtensionContext context) {
        try (GuestsOfTest guests = guests(context)) {
            if (context.getExecutionException().isEmpty()) {
                guests.requireEnded();
            }
        }
    }
}
