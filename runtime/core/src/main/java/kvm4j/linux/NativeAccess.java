package kvm4j.linux;

import kvm4j.bindings.libc.Libc;

import java.lang.foreign.MemorySegment;

/** Whether Java lets this library make native calls: {@code --enable-native-access}. */
public final class NativeAccess {

    private NativeAccess() {}

    /**
     * Finds out before anything else does, so that a refusal is said as what it is. Meant for the
     * first line of a static initializer, out of which an error comes unchanged.
     *
     * @throws UnsatisfiedLinkError if Java was started with {@code --illegal-native-access=deny}
     *     and without {@code --enable-native-access} for this library; its message says what to
     *     start it with
     */
    @SuppressWarnings("restricted") // what is restricted is what is tried
    public static void require() {
        try {
            Libc.C_POINTER.byteSize();
            MemorySegment.NULL.reinterpret(0);
        } catch (IllegalCallerException refusal) {
            throw refused(refusal);
        } catch (ExceptionInInitializerError wrapper) {
            throw refused(wrapper.getCause());
        }
    }

    /**
     * Links the calls that every machine makes, if they are not yet. Without it the first call of a
     * kind does, which takes some milliseconds of whoever makes it.
     *
     * @throws UnsatisfiedLinkError as {@link #require()} throws it, or if the process can have no
     *     page of executable memory, as of a system call's machine code
     */
    public static void link() {
        require();
        KernelEntry.link();
    }

    private static UnsatisfiedLinkError refused(Throwable cause) {
        boolean named = NativeAccess.class.getModule().isNamed();
        UnsatisfiedLinkError error =
                new UnsatisfiedLinkError(
                        "kvm4j may not make native calls: start Java with --enable-native-access="
                                + (named ? "kvm4j.core,kvm4j.bindings" : "ALL-UNNAMED"));
        error.initCause(cause);
        return error;
    }
}
