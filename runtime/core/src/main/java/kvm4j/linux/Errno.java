package kvm4j.linux;

import kvm4j.bindings.libc.Libc;

import java.lang.foreign.Linker;

/**
 * An error number of the kernel, with its name and its text as libc gives them. The constants are
 * those that KVM, files and memory answer with; there are others.
 *
 * @param number the positive error number, as in {@code errno(3)}
 */
public record Errno(int number) {

    /** Operation not permitted. */
    public static final Errno EPERM = new Errno(Libc.EPERM());

    /** No such file or directory. */
    public static final Errno ENOENT = new Errno(Libc.ENOENT());

    /** No such process. */
    public static final Errno ESRCH = new Errno(Libc.ESRCH());

    /** Interrupted system call. */
    public static final Errno EINTR = new Errno(Libc.EINTR());

    /** Input/output error. */
    public static final Errno EIO = new Errno(Libc.EIO());

    /** No such device or address. */
    public static final Errno ENXIO = new Errno(Libc.ENXIO());

    /** Argument list too long. */
    public static final Errno E2BIG = new Errno(Libc.E2BIG());

    /** Exec format error. */
    public static final Errno ENOEXEC = new Errno(Libc.ENOEXEC());

    /** Bad file descriptor. */
    public static final Errno EBADF = new Errno(Libc.EBADF());

    /** No child processes. */
    public static final Errno ECHILD = new Errno(Libc.ECHILD());

    /** Resource temporarily unavailable. */
    public static final Errno EAGAIN = new Errno(Libc.EAGAIN());

    /** Cannot allocate memory. */
    public static final Errno ENOMEM = new Errno(Libc.ENOMEM());

    /** Permission denied. */
    public static final Errno EACCES = new Errno(Libc.EACCES());

    /** Bad address. */
    public static final Errno EFAULT = new Errno(Libc.EFAULT());

    /** Block device required. */
    public static final Errno ENOTBLK = new Errno(Libc.ENOTBLK());

    /** Device or resource busy. */
    public static final Errno EBUSY = new Errno(Libc.EBUSY());

    /** File exists. */
    public static final Errno EEXIST = new Errno(Libc.EEXIST());

    /** Invalid cross-device link. */
    public static final Errno EXDEV = new Errno(Libc.EXDEV());

    /** No such device. */
    public static final Errno ENODEV = new Errno(Libc.ENODEV());

    /** Not a directory. */
    public static final Errno ENOTDIR = new Errno(Libc.ENOTDIR());

    /** Is a directory. */
    public static final Errno EISDIR = new Errno(Libc.EISDIR());

    /** Invalid argument. */
    public static final Errno EINVAL = new Errno(Libc.EINVAL());

    /** Too many open files in system. */
    public static final Errno ENFILE = new Errno(Libc.ENFILE());

    /** Too many open files. */
    public static final Errno EMFILE = new Errno(Libc.EMFILE());

    /** Inappropriate ioctl for device. */
    public static final Errno ENOTTY = new Errno(Libc.ENOTTY());

    /** Text file busy. */
    public static final Errno ETXTBSY = new Errno(Libc.ETXTBSY());

    /** File too large. */
    public static final Errno EFBIG = new Errno(Libc.EFBIG());

    /** No space left on device. */
    public static final Errno ENOSPC = new Errno(Libc.ENOSPC());

    /** Illegal seek. */
    public static final Errno ESPIPE = new Errno(Libc.ESPIPE());

    /** Read-only file system. */
    public static final Errno EROFS = new Errno(Libc.EROFS());

    /** Too many links. */
    public static final Errno EMLINK = new Errno(Libc.EMLINK());

    /** Broken pipe. */
    public static final Errno EPIPE = new Errno(Libc.EPIPE());

    /** Numerical argument out of domain. */
    public static final Errno EDOM = new Errno(Libc.EDOM());

    /** Numerical result out of range. */
    public static final Errno ERANGE = new Errno(Libc.ERANGE());

    /** File name too long. */
    public static final Errno ENAMETOOLONG = new Errno(Libc.ENAMETOOLONG());

    /** Function not implemented. */
    public static final Errno ENOSYS = new Errno(Libc.ENOSYS());

    /** No data available. */
    public static final Errno ENODATA = new Errno(Libc.ENODATA());

    /** Value too large for defined data type. */
    public static final Errno EOVERFLOW = new Errno(Libc.EOVERFLOW());

    /** Operation not supported. */
    public static final Errno EOPNOTSUPP = new Errno(Libc.EOPNOTSUPP());

    /** Connection timed out. */
    public static final Errno ETIMEDOUT = new Errno(Libc.ETIMEDOUT());

    /** Operation canceled. */
    public static final Errno ECANCELED = new Errno(Libc.ECANCELED());

    /** Memory page has hardware error. */
    public static final Errno EHWPOISON = new Errno(Libc.EHWPOISON());

    /** Looked up when the first error is shown, and not before. */
    private static final class Host {
        static final ErrorNames NAMES = ErrorNames.of(Linker.nativeLinker().defaultLookup());
    }

    /**
     * The symbolic name, such as {@code EACCES}; {@code errno 4095} for a number that has none, and
     * for every number where glibc is older than 2.32.
     *
     * @return the name
     */
    public String symbol() {
        return Host.NAMES.symbol(number).orElse("errno " + number);
    }

    /**
     * The text, such as {@code Permission denied}, whatever the locale.
     *
     * @return the text
     */
    public String text() {
        return Host.NAMES.text(number).orElse("Unknown error");
    }

    /**
     * Symbol, number and text: {@code EACCES (13): Permission denied}.
     *
     * @return all three
     */
    @Override
    public String toString() {
        return symbol() + " (" + number + "): " + text();
    }
}
