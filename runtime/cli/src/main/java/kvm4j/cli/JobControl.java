package kvm4j.cli;

import java.lang.reflect.Method;
import java.lang.reflect.Proxy;

/**
 * What a shell's job control does to this process: SIGTSTP, which stops it, and SIGCONT, which lets
 * it go on.
 *
 * <p>The JDK has {@code sun.misc.Signal} for this, supported but not for the compiler, which warns
 * of each mention; so it is mentioned by name.
 */
final class JobControl implements AutoCloseable {

    private static final String STOP = "TSTP";
    private static final String CONTINUE = "CONT";

    private final Class<?> signalType;
    private final Class<?> handlerType;
    private final Object standard;
    private final Object stopping;
    private final Runnable afterStop;

    private JobControl(Runnable beforeStop, Runnable afterStop)
            throws ReflectiveOperationException {
        this.afterStop = afterStop;
        signalType = Class.forName("sun.misc.Signal");
        handlerType = Class.forName("sun.misc.SignalHandler");
        standard = handlerType.getField("SIG_DFL").get(null);
        stopping =
                handler(
                        () -> {
                            beforeStop.run();
                            stopAsUsual();
                            goOn();
                        });
        handle(STOP, stopping);
        handle(CONTINUE, handler(this::goOn));
    }

    /**
     * Watches for both signals until this is closed.
     *
     * @param beforeStop is run before the process stops
     * @param afterStop is run when it goes on, also after SIGSTOP
     */
    static JobControl watch(Runnable beforeStop, Runnable afterStop) {
        try {
            return new JobControl(beforeStop, afterStop);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("this JDK has no sun.misc.Signal", e);
        }
    }

    private Object handler(Runnable action) {
        return Proxy.newProxyInstance(
                handlerType.getClassLoader(),
                new Class<?>[] {handlerType},
                (proxy, method, arguments) -> {
                    if (method.getDeclaringClass() != Object.class) {
                        action.run();
                        return null;
                    }
                    return switch (method.getName()) {
                        case "equals" -> proxy == arguments[0];
                        case "hashCode" -> System.identityHashCode(proxy);
                        default -> "JobControl";
                    };
                });
    }

    /** Is ready for the next stop before anybody can see that the process goes on. */
    private void goOn() {
        try {
            handle(STOP, stopping);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
        afterStop.run();
    }

    /** Raises the signal again, without a handler; who has no shell to wake him does not stop. */
    private void stopAsUsual() {
        try {
            handle(STOP, standard);
            signalType.getMethod("raise", signalType).invoke(null, signal(STOP));
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    private void handle(String name, Object handler) throws ReflectiveOperationException {
        Method handle = signalType.getMethod("handle", signalType, handlerType);
        handle.invoke(null, signal(name), handler);
    }

    private Object signal(String name) throws ReflectiveOperationException {
        return signalType.getConstructor(String.class).newInstance(name);
    }

    @Override
    public void close() {
        try {
            handle(STOP, standard);
            handle(CONTINUE, standard);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }
}
