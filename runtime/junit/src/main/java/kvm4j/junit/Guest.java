package kvm4j.junit;

import kvm4j.machine.IrqchipMode;
import kvm4j.testing.FinishedGuest;
import kvm4j.testing.GuestSetup;
import kvm4j.testing.RunningGuest;

import org.junit.jupiter.api.extension.ExtendWith;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Injects a guest into a test method: a {@link GuestSetup} to change and to start, a {@link
 * RunningGuest} to talk to, or a {@link FinishedGuest} to ask.
 *
 * {@snippet :
 * @Test
 * @RequiresKvm
 * void greets(@Guest("hello") FinishedGuest guest) {
 *     assertThat(guest).exited(0).consoleContains("Hello from long mode");
 * }
 * }
 *
 * <p>If the test fails, a report of its guests comes with the failure. A guest that still runs when
 * its test has passed makes it fail. Guests of tests that run at the same time take turns on the
 * host's CPUs.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.PARAMETER)
@ExtendWith(GuestExtension.class)
@SuppressWarnings("exports") // for JUnit alone
public @interface Guest {

    /** {@return a guest of the catalogue, or an image's path} */
    String value() default "";

    /** {@return an image's path, in place of {@link #value()}} */
    String path() default "";

    /** {@return the guest's memory: {@code 64M}, {@code 1.5G}} */
    String memory() default "64M";

    /** {@return how many processors the guest has} */
    int cpus() default 1;

    /** {@return what the processors are, as QEMU's {@code -cpu}; none is all that KVM offers} */
    String cpu() default "";

    /** {@return where the interrupt controllers are: none or one value; none is by the image} */
    IrqchipMode[] irqchip() default {};

    /** {@return how long the guest may run: {@code 10s}, {@code 500ms}} */
    String timeout() default "10s";

    /** {@return the kernel's command line} */
    String append() default "";

    /** {@return parameters of a guest of the catalogue, such as {@code count=1000}} */
    String[] parameters() default {};
}
