package kvm4j.testing;

import java.math.BigDecimal;
import java.math.RoundingMode;

/**
 * Amounts with a fraction. Most have none, and do without this class: {@link BigDecimal} squares
 * large numbers when it is initialised.
 */
final class Fraction {

    private Fraction() {}

    /**
     * An amount in units.
     *
     * @param digits the amount, digits with a decimal point
     * @param unit what one is
     * @param grain what the result is to be a multiple of, if the fraction says anything
     * @return the amount, rounded up
     * @throws ArithmeticException if it is above 2^63 - 1
     */
    static long times(String digits, long unit, long grain) {
        BigDecimal number = new BigDecimal(digits);
        BigDecimal amount = number.multiply(BigDecimal.valueOf(unit));
        if (number.stripTrailingZeros().scale() > 0) {
            BigDecimal step = BigDecimal.valueOf(grain);
            amount = amount.divide(step, 0, RoundingMode.CEILING).multiply(step);
        }
        return amount.setScale(0, RoundingMode.CEILING).longValueExact();
    }
}
