package kvm4j.machine;

import kvm4j.device.InterruptLine;

import java.util.Arrays;
import java.util.Objects;

/** The lines of a machine's interrupts, each for as many devices as are wired to it. */
final class SharedLines {

    private final InterruptWiring wiring;
    private final SharedLine[] lines = new SharedLine[InterruptWiring.INTERRUPTS];

    /**
     * Lines that nobody drives yet.
     *
     * @param wiring where they lead
     */
    SharedLines(InterruptWiring wiring) {
        this.wiring = wiring;
    }

    /** {@return an interrupt's line for one more device} */
    synchronized InterruptLine connect(int gsi) {
        if (lines[gsi] == null) {
            lines[gsi] = new SharedLine(wiring.line(gsi));
        }
        return lines[gsi].connect();
    }

    /** Forgets which device has which line high: those that are restored say it again. */
    synchronized void forgetLevels() {
        Arrays.stream(lines).filter(Objects::nonNull).forEach(SharedLine::forgetLevels);
    }
}
