package kvm4j.kvm;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Tests that need {@code /dev/kvm}. Without it they are skipped, and the reason is printed; where
 * the environment says {@code CI=true} they fail.
 */
@Tag("kvm")
@ExtendWith(KvmAvailable.class)
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@SuppressWarnings("exports") // tests of every package see it, and no module requires them
public @interface NeedsKvm {}
