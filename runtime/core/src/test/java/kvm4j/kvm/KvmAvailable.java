package kvm4j.kvm;

import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Whether KVM can be opened: see {@link NeedsKvm}. */
final class KvmAvailable implements ExecutionCondition {

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
