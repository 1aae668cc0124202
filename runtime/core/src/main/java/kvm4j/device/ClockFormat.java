package kvm4j.device;

/**
 * How the registers of a real-time clock write numbers, as its register B says (Motorola MC146818
 * data sheet, "time, calendar, and alarm locations").
 *
 * @param isBinary whether they are binary; else each digit has four bits
 * @param has24Hours whether hours are 0 to 23; else 1 to 12, with a bit for the afternoon
 */
record ClockFormat(boolean isBinary, boolean has24Hours) {

    private static final int AFTERNOON = 1 << 7;
    private static final int NOON = 12;

    /** {@return what a register shows for a number of two digits} */
    int digits(int number) {
        return isBinary ? number : number / 10 << 4 | number % 10;
    }

    /** {@return the opposite of {@link #digits}; negative for what is no number} */
    int number(int register) {
        if (isBinary) {
            return register;
        }
        int tens = register >>> 4;
        int ones = register & 0x0f;
        return tens > 9 || ones > 9 ? -1 : tens * 10 + ones;
    }

    /** {@return what the register shows for an hour of the day, 0 to 23} */
    int hours(int hour) {
        if (has24Hours) {
            return digits(hour);
        }
        int onDial = hour % NOON == 0 ? NOON : hour % NOON;
        return digits(onDial) | (hour < NOON ? 0 : AFTERNOON);
    }

    /** {@return the opposite of {@link #hours}; negative for what is no hour} */
    int hour(int register) {
        if (has24Hours) {
            return number(register);
        }
        int onDial = number(register & ~AFTERNOON);
        if (onDial < 1 || onDial > NOON) {
            return -1;
        }
        return onDial % NOON + ((register & AFTERNOON) == 0 ? 0 : NOON);
    }
}
