package kvm4j.linux;

import java.io.IOException;
import java.io.Serial;

/**
 * A system call that failed: which, with which arguments, and why.
 *
 * <p>Unchecked, because what can be done about it is rarely done where it happens; the message is
 * written so that it can be shown to a user as it is.
 */
public class LinuxException extends RuntimeException {

    @Serial private static final long serialVersionUID = 1L;

    private final String call;
    private final int errno;

    /**
     * A failed call.
     *
     * @param call the call with its arguments, such as {@code open(/dev/kvm)}
     * @param errno the positive error number
     */
    public LinuxException(String call, int errno) {
        super(call + " failed: " + new Errno(errno));
        this.call = call;
        this.errno = errno;
    }

    /**
     * A failed call of which we know what the user can do about it.
     *
     * @param call the call with its arguments
     * @param errno the positive error number
     * @param remedy what to do, in a few words
     */
    public LinuxException(String call, int errno, String remedy) {
        super(call + " failed: " + new Errno(errno) + "; " + remedy);
        this.call = call;
        this.errno = errno;
    }

    /**
     * The call that failed.
     *
     * @return the call with its arguments
     */
    public String call() {
        return call;
    }

    /**
     * Why it failed.
     *
     * @return the error number
     */
    public Errno errno() {
        return new Errno(errno);
    }

    /** The same as what a stream throws, by the name of what the stream reads or writes. */
    IOException asIOException(String stream) {
        return new IOException(
                "%s: %s (%s)".formatted(stream, errno().text(), errno().symbol()), this);
    }

    /**
     * Whether it failed for this reason.
     *
     * @param number an error number, such as {@code EBUSY}
     * @return whether it is the error number
     */
    public boolean isErrno(int number) {
        return errno == number;
    }

    /**
     * Whether it failed for this reason.
     *
     * @param reason an error number, such as {@link Errno#EBUSY}
     * @return whether it is the error number
     */
    public boolean is(Errno reason) {
        return errno == reason.number();
    }
}
