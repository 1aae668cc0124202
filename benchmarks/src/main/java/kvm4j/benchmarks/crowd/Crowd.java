package kvm4j.benchmarks.crowd;

import kvm4j.benchmarks.lab.LabException;

import java.util.Collection;

/** Machines of one kind, in steps that are taken one after another and once. */
public interface Crowd extends AutoCloseable {

    /** {@return who runs them, for people} */
    String title();

    /** {@return how many there are} */
    int size();

    /**
     * The processes that run them, by their numbers.
     *
     * @return none before the start, if they have processes of their own
     */
    Collection<Long> processes();

    /**
     * Starts them all.
     *
     * @throws LabException if this host cannot
     */
    void start() throws LabException;

    /**
     * Takes all processors out of their guests for good, where that is a step of its own.
     *
     * @throws LabException if one does not
     */
    void stop() throws LabException;

    /** Gives all back; also after a failure, and more than once. */
    @Override
    void close();
}
