package kvm4j.device;

import java.time.LocalDateTime;

/**
 * What the registers of a clock hold while nobody moves them on: each a number that its register
 * can have, but not always a date together.
 *
 * @param second 0 to 59
 * @param minute 0 to 59
 * @param hour 0 to 23
 * @param day of the month, 1 to 31
 * @param month 1 to 12
 * @param year of the century, 0 to 99
 * @param century 0 to 99
 */
public record CalendarFields(
        int second, int minute, int hour, int day, int month, int year, int century) {

    private static final int CENTURY_YEARS = 100;

    /** As many as two digits tell apart: after 9999 comes the year 0. */
    private static final int CENTURIES = 100;

    static CalendarFields of(LocalDateTime time) {
        return new CalendarFields(
                time.getSecond(),
                time.getMinute(),
                time.getHour(),
                time.getDayOfMonth(),
                time.getMonthValue(),
                Math.floorMod(time.getYear(), CENTURY_YEARS),
                Math.floorMod(Math.floorDiv(time.getYear(), CENTURY_YEARS), CENTURIES));
    }

    /** {@return the second that they name; a 31st of a shorter month is a day of the next one} */
    LocalDateTime toDateTime() {
        return LocalDateTime.of(century * CENTURY_YEARS + year, month, 1, hour, minute, second)
                .plusDays(day - 1L);
    }

    /** {@return whether each is a number that its register can have} */
    boolean isSound() {
        return within(second, 0, 59)
                && within(minute, 0, 59)
                && within(hour, 0, 23)
                && within(day, 1, 31)
                && within(month, 1, 12)
                && within(year, 0, 99)
                && within(century, 0, 99);
    }

    private static boolean within(int value, int lowest, int highest) {
        return value >= lowest && value <= highest;
    }

    CalendarFields withSecond(int value) {
        return new CalendarFields(value, minute, hour, day, month, year, century);
    }

    CalendarFields withMinute(int value) {
        return new CalendarFields(second, value, hour, day, month, year, century);
    }

    CalendarFields withHour(int value) {
        return new CalendarFields(second, minute, value, day, month, year, century);
    }

    CalendarFields withDay(int value) {
        return new CalendarFields(second, minute, hour, value, month, year, century);
    }

    CalendarFields withMonth(int value) {
        return new CalendarFields(second, minute, hour, day, value, year, century);
    }

    CalendarFields withYear(int value) {
        return new CalendarFields(second, minute, hour, day, month, value, century);
    }

    CalendarFields withCentury(int value) {
        return new CalendarFields(second, minute, hour, day, month, year, value);
    }
}
