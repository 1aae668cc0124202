package kvm4j.kvm;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Tests that need {@code /dev/kvm}. Without it they are skipped, and the reason is printed; where
 * the environment says {@code CI=true} they fail.
 */
@Tag("kvm")
@ExtendWith(NeedsKvm.Available.class)
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
public @interface NeedsKvm {

    /** Whether KVM can be opened. */
    final class Available implements ExecutionCondition {

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
}
