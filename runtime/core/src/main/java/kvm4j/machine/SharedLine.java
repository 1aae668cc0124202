package kvm4j.machine;

import kvm4j.device.InterruptLine;

/**
 * The line of one interrupt, which is high as long as one of all who drive it has it high. Nothing
 * is allocated by driving it.
 */
final class SharedLine {

    private final InterruptLine line;

    /** How many have it high. */
    private int high;

    /** Ends when all levels are forgotten: a level of before is none any more. */
    private int era;

    /**
     * A line that nobody drives yet.
     *
     * @param line the way to the interrupt controllers; called with this one's lock held
     */
    SharedLine(InterruptLine line) {
        this.line = line;
    }

    /** {@return the line for one more who drives it} */
    InterruptLine connect() {
        return new Driver();
    }

    /** Lets all who have it high say so again, once they are restored. Drives nothing. */
    synchronized void forgetLevels() {
        high = 0;
        era++;
    }

    private final class Driver implements InterruptLine {

        /** The era in which this one has it high, or one that is past. */
        private int highIn = era - 1;

        /** Who has it high alone is heard each time, as if the line were nobody else's. */
        @Override
        public void setLevel(boolean level) {
            synchronized (SharedLine.this) {
                note(level);
                if (level || high == 0) {
                    line.setLevel(level);
                }
            }
        }

        @Override
        public void restoreLevel(boolean level) {
            synchronized (SharedLine.this) {
                note(level);
            }
        }

        private void note(boolean level) {
            boolean was = highIn == era;
            if (level != was) {
                highIn = level ? era : era - 1;
                high += level ? 1 : -1;
            }
        }
    }
}
