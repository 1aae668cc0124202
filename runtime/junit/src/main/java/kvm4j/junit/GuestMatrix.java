package kvm4j.junit;

import kvm4j.machine.IrqchipMode;

import org.junit.jupiter.api.TestTemplate;
import org.junit.jupiter.api.extension.ExtendWith;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Makes a test of each combination: its guests get these in place of what {@link Guest} says. An
 * empty list leaves that as it is. Several processors without interrupt controllers, which cannot
 * be, are left out.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
@TestTemplate
@ExtendWith(GuestMatrixExtension.class)
@SuppressWarnings("exports") // for JUnit alone
public @interface GuestMatrix {

    /** {@return numbers of processors} */
    int[] cpus() default {};

    /** {@return places of the interrupt controllers} */
    IrqchipMode[] irqchip() default {};

    /** {@return amounts of memory: {@code 64M}, {@code 1.5G}} */
    String[] memory() default {};
}
