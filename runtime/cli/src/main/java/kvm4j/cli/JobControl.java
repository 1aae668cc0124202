package kvm4j.cli;

/**
 * What a shell's job control does to this process: SIGTSTP, which stops it, and SIGCONT, which lets
 * it go on.
 */
final class JobControl implements AutoCloseable {

    private final ProcessSignal stop = new ProcessSignal("TSTP");
    private final ProcessSignal goOn = new ProcessSignal("CONT");
    private final Runnable beforeStop;
    private final Runnable afterStop;

    private JobControl(Runnable beforeStop, Runnable afterStop) {
        this.beforeStop = beforeStop;
        this.afterStop = afterStop;
    }

    /**
     * Watches for both signals until this is closed.
     *
     * @param beforeStop is run before the process stops
     * @param afterStop is run when it goes on, also after SIGSTOP
     */
    static JobControl watch(Runnable beforeStop, Runnable afterStop) {
        JobControl control = new JobControl(beforeStop, afterStop);
        control.stop.onArrival(control::stopped);
        control.goOn.onArrival(control::wentOn);
        return control;
    }

    /** Raises the signal again, without a handler; who has no shell to wake him does not stop. */
    private void stopped() {
        beforeStop.run();
        stop.standard();
        stop.raise();
        wentOn();
    }

    /** Is ready for the next stop before anybody can see that the process goes on. */
    private void wentOn() {
        stop.onArrival(this::stopped);
        afterStop.run();
    }

    @Override
    public void close() {
        stop.standard();
        goOn.standard();
    }
}
