package kvm4j.junit;

import kvm4j.kvm.Capability;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Skips a test, or all of a class, on a host that cannot run it, and says why and what to do about
 * it. Has the tag {@code kvm}.
 *
 * <p>Where there has to be KVM its absence is a failure: with {@code CI} in the environment, or the
 * configuration parameter or system property {@code kvm4j.kvm.required=true}. What else is asked
 * for here skips there, too. The parameter or property {@code kvm4j.device} names a device other
 * than {@code /dev/kvm}, for all guests that the test describes.
 */
@Documented
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD})
@Tag("kvm")
@ExtendWith({RequiresKvmCondition.class, ConfiguredDevice.class})
@SuppressWarnings("exports") // for JUnit alone
public @interface RequiresKvm {

    /** Which part of KVM is in the kernel. */
    enum Vendor {
        /** {@code kvm_intel}. */
        KVM_INTEL,
        /** {@code kvm_amd}. */
        KVM_AMD,
        /** {@code kvm_pvm}, which does without the hardware's virtualization. */
        KVM_PVM
    }

    /** {@return what the host's KVM has to be able to do} */
    Capability[] capabilities() default {};

    /** {@return whose KVM it has to be: one of these; any if there are none} */
    Vendor[] vendor() default {};

    /** {@return whether guests have to be able to run guests of their own} */
    boolean nested() default false;

    /** {@return how many CPUs of the host this process has to have} */
    int hostCpus() default 1;
}
