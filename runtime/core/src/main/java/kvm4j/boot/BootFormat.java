package kvm4j.boot;

import java.util.List;

/**
 * A format of images: how to tell that a file is one, and how to make of it what a machine boots.
 * {@link ImageFormat} has those that come with this library; a program may bring its own.
 */
public interface BootFormat {

    /**
     * What the format is, for people.
     *
     * @return a few words
     */
    String description();

    /**
     * Whether a file looks like an image of this format. It need not be sound.
     *
     * @param file the file
     * @return whether to read it as such, unless a user says otherwise
     * @throws ImageException if it looks as if, but is damaged so that nobody could tell
     */
    boolean recognises(ImageFile file);

    /**
     * Reads and checks an image of this format.
     *
     * @param file the file
     * @param parameters what to hand to the image
     * @return what a machine can boot
     * @throws ImageException if the file is not a sound image of this format, or the format takes
     *     no such parameters
     */
    BootImage read(ImageFile file, BootParameters parameters);

    /**
     * What the user of such an image may not expect.
     *
     * @param file the file
     * @return sentences, each without a full stop; usually none
     */
    default List<String> hints(ImageFile file) {
        return List.of();
    }
}
