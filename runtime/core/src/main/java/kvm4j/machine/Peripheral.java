package kvm4j.machine;

/**
 * A part that is plugged into a machine before it starts: it finds on the {@link Board} what it has
 * to be connected to. {@link Peripherals} has ready ones.
 *
 * {@snippet :
 * Peripheral timer = board -> board.ports().attach(0x200, 4, new MyTimer(board.interrupt(5)));
 * }
 */
@FunctionalInterface
public interface Peripheral {

    /**
     * Connects the part.
     *
     * @param board the machine's board
     * @throws IllegalArgumentException if a place that it wants is taken; the machine cannot be
     *     built then
     */
    void attachTo(Board board);
}
