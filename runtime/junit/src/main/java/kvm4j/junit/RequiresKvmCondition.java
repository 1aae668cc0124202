package kvm4j.junit;

import kvm4j.junit.RequiresKvm.Vendor;
import kvm4j.kvm.Capability;
import kvm4j.kvm.Kvm;
import kvm4j.kvm.KvmUnavailableException;
import kvm4j.testing.HostKvm;

import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** Decides for {@link RequiresKvm}. */
final class RequiresKvmCondition implements ExecutionCondition {

    private static final String REQUIRED = "kvm4j.kvm.required";

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        return AnnotationSupport.findAnnotation(context.getElement(), RequiresKvm.class)
                .map(wanted -> evaluate(wanted, context))
                .orElse(ConditionEvaluationResult.enabled("nothing is asked of the host"));
    }

    private static ConditionEvaluationResult evaluate(
            RequiresKvm wanted, ExtensionContext context) {
        Path device = ConfiguredDevice.of(context).orElseGet(HostKvm::device);
        try (Kvm kvm = Kvm.open(device)) {
            return missing(wanted, kvm)
                    .map(ConditionEvaluationResult::disabled)
                    .orElse(ConditionEvaluationResult.enabled("the host can run it"));
        } catch (KvmUnavailableException e) {
            if (isRequired(context)) {
                throw e;
            }
            return ConditionEvaluationResult.disabled(e.getMessage());
        }
    }

    private static boolean isRequired(ExtensionContext context) {
        return context.getConfigurationParameter(REQUIRED)
                .map(RequiresKvmCondition::isTrue)
                .orElseGet(HostKvm::isDemanded);
    }

    /** Whoever writes yes, or 1, does not want to be skipped. */
    private static boolean isTrue(String value) {
        return switch (value.strip().toLowerCase(Locale.ROOT)) {
            case "true" -> true;
            case "false" -> false;
            default ->
                    throw new ExtensionConfigurationException(
                            REQUIRED + "=" + value + " is neither true nor false");
        };
    }

    private static Optional<String> missing(RequiresKvm wanted, Kvm kvm) {
        int cpus = Runtime.getRuntime().availableProcessors();
        Stream<String> capabilities =
                Arrays.stream(wanted.capabilities())
                        .filter(capability -> kvm.check(capability) == 0)
                        .map(Capability::symbol)
                        .map("the host's KVM lacks "::concat);
        Stream<String> processors =
                cpus < wanted.hostCpus()
                        ? Stream.of(
                                "%d CPUs are needed, this process has %d"
                                        .formatted(wanted.hostCpus(), cpus))
                        : Stream.empty();
        return Stream.of(capabilities, processors, vendor(wanted), nested(wanted))
                .flatMap(reasons -> reasons)
                .findFirst();
    }

    private static Stream<String> vendor(RequiresKvm wanted) {
        boolean found =
                wanted.vendor().length == 0
                        || Arrays.stream(wanted.vendor())
                                .map(RequiresKvmCondition::module)
                                .anyMatch(HostKvm::hasModule);
        return found
                ? Stream.empty()
                : Stream.of(
                        "the host's KVM is none of "
                                + Arrays.stream(wanted.vendor())
                                        .map(RequiresKvmCondition::module)
                                        .toList());
    }

    private static Stream<String> nested(RequiresKvm wanted) {
        boolean found =
                !wanted.nested()
                        || Arrays.stream(Vendor.values())
                                .map(RequiresKvmCondition::module)
                                .anyMatch(HostKvm::isNested);
        return found
                ? Stream.empty()
                : Stream.of(
                        "guests cannot run guests here: load kvm_intel or kvm_amd with nested=1");
    }

    private static String module(Vendor vendor) {
        return vendor.name().toLowerCase(Locale.ROOT);
    }
}
