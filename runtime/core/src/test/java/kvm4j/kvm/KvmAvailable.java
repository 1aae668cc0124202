package kvm4j.kvm;

import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Whether KVM can be opened: see {@link NeedsKvm}. Public, constructor too, as tests of other
 * packages are run without this one being open to JUnit.
 */
public final class KvmAvailable implements ExecutionCondition {

    /** Made by JUnit. */
    public KvmAvailable() {}

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        try (Kvm kvm = Kvm.open()) {
            return ConditionEvaluationResult.enabled("KVM API " + kvm.apiVersion());
        } catch (KvmUnavailableException e) {
            if (Boolean.parseBoolean(System.getenv("CI"))) {
                throw e;
            }
            return ConditionEvaluationResult.disabled(e.getMessage());
        }
    }
}
