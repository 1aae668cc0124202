package kvm4j.pc;

import java.util.List;

/**
 * A device at fixed places that a kernel learns of from the DSDT.
 *
 * @param name four characters, by which the DSDT calls it
 * @param id its plug-and-play identifier, such as {@code PNP0501}
 * @param interrupt its ISA interrupt, edge-triggered
 * @param ports where it is
 */
public record IsaDevice(String name, String id, int interrupt, List<Ports> ports) {

    /**
     * Ports that follow one another.
     *
     * @param first the first of them
     * @param count how many
     */
    public record Ports(int first, int count) {}

    /** Keeps a copy of the list. */
    public IsaDevice {
        ports = List.copyOf(ports);
    }
}
