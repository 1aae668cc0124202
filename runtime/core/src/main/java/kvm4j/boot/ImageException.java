package kvm4j.boot;

import java.io.Serial;

/** An image that cannot be booted; the message says why in one line. */
public final class ImageException extends RuntimeException {

    @Serial private static final long serialVersionUID = 1L;

    /**
     * Makes the exception.
     *
     * @param message what is wrong with the image, in one line
     */
    public ImageException(String message) {
        super(message);
    }
}
