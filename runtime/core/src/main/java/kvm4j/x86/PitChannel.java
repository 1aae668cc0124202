package kvm4j.x86;

/**
 * The state of one channel of an 8254 interval timer.
 *
 * @param count the reload value, from 1 to 65536
 * @param latchedCount the count that a latch command kept
 * @param countLatched how a latched count is read
 * @param statusLatched whether the status is latched
 * @param status the latched status
 * @param readState which byte is read next
 * @param writeState which byte is written next
 * @param writeLatch the first byte of a count of two
 * @param readWriteMode which bytes are accessed
 * @param mode the operating mode, from 0 to 5
 * @param bcd whether it counts in binary-coded decimal
 * @param gate the level of the gate input
 * @param loadTime when the count was loaded, in nanoseconds of the host's monotonic clock
 */
public record PitChannel(
        int count,
        int latchedCount,
        int countLatched,
        int statusLatched,
        int status,
        int readState,
        int writeState,
        int writeLatch,
        int readWriteMode,
        int mode,
        int bcd,
        int gate,
        long loadTime) {

    /**
     * This channel with another reload value.
     *
     * @param newCount from 1 to 65536
     * @return a copy
     */
    public PitChannel withCount(int newCount) {
        return new PitChannel(
                newCount,
                latchedCount,
                countLatched,
                statusLatched,
                status,
                readState,
                writeState,
                writeLatch,
                readWriteMode,
                mode,
                bcd,
                gate,
                loadTime);
    }
}
