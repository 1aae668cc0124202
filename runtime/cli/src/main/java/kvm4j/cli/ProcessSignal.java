package kvm4j.cli;

import kvm4j.linux.NativeThread;

import java.lang.reflect.Proxy;

/**
 * A signal to this process, and what it does.
 *
 * <p>The JDK has {@code sun.misc.Signal} for this, supported but not for the compiler, which warns
 * of each mention; so it is mentioned by name.
 *
 * @param name without SIG
 */
record ProcessSignal(String name) {

    /**
     * Has this done when the signal arrives, on a thread of its own.
     *
     * @return what undoes that
     * @throws IllegalStateException if the JVM leaves the signal to the system
     */
    Runnable onArrival(Runnable action) {
        Object before = handle(handler(action));
        return () -> handle(before);
    }

    /** Has the system do what it does. */
    void standard() {
        try {
            handle(handlerType().getField("SIG_DFL").get(null));
        } catch (ReflectiveOperationException e) {
            throw missing(e);
        }
    }

    /** Sends it to this process. The JDK does that only while it has a handler of its own. */
    void raise() {
        try {
            Object signal = signal();
            NativeThread.current()
                    .signal((int) signal.getClass().getMethod("getNumber").invoke(signal));
        } catch (ReflectiveOperationException e) {
            throw missing(e);
        }
    }

    private Object handle(Object handler) {
        try {
            Object signal = signal();
            return signal.getClass()
                    .getMethod("handle", signal.getClass(), handlerType())
                    .invoke(null, signal, handler);
        } catch (ReflectiveOperationException e) {
            throw missing(e);
        }
    }

    private Object handler(Runnable action) {
        try {
            Class<?> type = handlerType();
            return Proxy.newProxyInstance(
                    type.getClassLoader(),
                    new Class<?>[] {type},
                    (proxy, method, arguments) -> {
                        if (method.getDeclaringClass() != Object.class) {
                            action.run();
                            return null;
                        }
                        return switch (method.getName()) {
                            case "equals" -> proxy == arguments[0];
                            case "hashCode" -> System.identityHashCode(proxy);
                            default -> "handler of SIG" + name;
                        };
                    });
        } catch (ReflectiveOperationException e) {
            throw missing(e);
        }
    }

    private Object signal() throws ReflectiveOperationException {
        return Class.forName("sun.misc.Signal").getConstructor(String.class).newInstance(name);
    }

    private static Class<?> handlerType() throws ReflectiveOperationException {
        return Class.forName("sun.misc.SignalHandler");
    }

    private static IllegalStateException missing(ReflectiveOperationException e) {
        return new IllegalStateException("this JDK has no sun.misc.Signal", e);
    }
}
