package kvm4j.testing;

import kvm4j.boot.ImageException;
import kvm4j.boot.ImageFile;
import kvm4j.boot.ImageFormat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** Finds the images in a folder, and reads one. */
public final class GuestImages {

    /** Bare code looks like anything, so its name counts. */
    private static final Set<String> BARE = Set.of("bin", "flat", "img");

    private static final long LARGEST = 1L << 30;

    private GuestImages() {}

    /**
     * The images in a folder: those whose bytes tell that they are, and bare code that is called
     * {@code .bin}, {@code .flat} or {@code .img}. A folder with files {@code .flat} is one of
     * kvm-unit-tests, and these are what it is for.
     *
     * @param folder the folder; those in it are not looked into
     * @return their paths, in the order of their names
     * @throws UncheckedIOException if the folder cannot be read
     */
    public static List<Path> in(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            List<Path> all = files.filter(Files::isRegularFile).sorted().toList();
            List<Path> flat = all.stream().filter(file -> suffix(file).equals("flat")).toList();
            return flat.isEmpty() ? all.stream().filter(GuestImages::isImage).toList() : flat;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the folder " + folder, e);
        }
    }

    /**
     * The bytes of an image.
     *
     * @param file the image
     * @return all of it
     * @throws UncheckedIOException if it is not there, no regular file, empty, larger than 1 GiB,
     *     or cannot be read
     */
    static byte[] read(Path file) {
        try {
            requireContents(file);
            return Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            throw new UncheckedIOException(
                    "no such image: '" + file + "' is neither a file nor a guest of the catalogue",
                    e);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the image " + e.getMessage(), e);
        }
    }

    /** What else there is may have no end, or nobody at its other end. */
    private static void requireContents(Path file) throws IOException {
        if (Files.exists(file) && !Files.isRegularFile(file)) {
            throw new FileSystemException(file.toString(), null, "it is no regular file");
        }
        if (Files.size(file) > LARGEST) {
            throw new FileSystemException(file.toString(), null, "it has more than 1 GiB");
        }
        if (Files.size(file) == 0) {
            throw new FileSystemException(
                    file.toString(), null, "it is empty, or of no size as the files of /proc");
        }
    }

    private static boolean isImage(Path file) {
        if (BARE.contains(suffix(file))) {
            return true;
        }
        try (Arena arena = Arena.ofConfined();
                FileChannel channel = FileChannel.open(file)) {
            long size = channel.size(); // files of /proc have none, and need not end
            ImageFile image =
                    ImageFile.of(channel.map(FileChannel.MapMode.READ_ONLY, 0, size, arena));
            return switch (ImageFormat.of(image)) {
                case FLAT, BOOTSECTOR, FIRMWARE -> false;
                case ELF32, ELF64, MULTIBOOT, MULTIBOOT2, PVH, BZIMAGE, VMLINUX -> true;
            };
        } catch (ImageException | IOException | InternalError e) {
            return false; // the last if it is cut off meanwhile
        }
    }

    private static String suffix(Path file) {
        String name = file.getFileName().toString();
        return name.substring(name.lastIndexOf('.') + 1);
    }
}
