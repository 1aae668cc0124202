package kvm4j.testing.suite;

import kvm4j.guests.Guest;
import kvm4j.testing.DistinctNames;
import kvm4j.testing.GuestImages;
import kvm4j.testing.GuestSetup;
import kvm4j.testing.HostKvm;

import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Finds the cases of a suite: guests of the catalogue by name; images; all images in a folder, or
 * what its {@code unittests.cfg} names. A file {@code NAME.toml} beside an image says how to run
 * it.
 *
 * @param device the KVM that runs the guests
 * @param preparation changes each guest's description, before its side-car does
 * @param finish changes each guest's description in the end
 */
public record Discovery(
        Path device, Consumer<GuestSetup> preparation, Consumer<GuestSetup> finish) {

    /**
     * Finds them.
     *
     * @param names names of guests, paths of files or folders
     * @return in the order of the names, and in a folder of its files
     * @throws IllegalArgumentException if a side-car is not as it has to be
     * @throws UncheckedIOException if there is no such file, or a folder cannot be read
     */
    public List<TestCase> find(List<String> names) {
        List<TestCase> cases = new ArrayList<>();
        for (String name : names) {
            cases.addAll(find(name));
        }
        return distinct(cases);
    }

    private List<TestCase> find(String name) {
        Optional<Guest> guest = Guest.find(name);
        if (guest.isPresent()) {
            return List.of(
                    new TestCase(
                            name,
                            Optional.empty(),
                            () -> changed(GuestSetup.of(name)),
                            guest.flatMap(known -> HostKvm.obstacle(device, known))));
        }
        Path path = Path.of(name);
        if (name.isEmpty() || !Files.exists(path)) {
            String message =
                    "no such image: '" + name + "' is neither a file nor one of: kvm4j guests";
            throw new UncheckedIOException(message, new NoSuchFileException(name));
        }
        return at(path);
    }

    /**
     * Finds those of one path, whatever guests the catalogue has.
     *
     * @param path an image, a folder of images or with a {@code unittests.cfg}, or such a list
     * @return in the order of a folder's files, or of the list
     * @throws IllegalArgumentException if a side-car is not as it has to be
     * @throws UncheckedIOException if there is no such file, or a folder cannot be read
     */
    public List<TestCase> in(Path path) {
        if (!Files.exists(path)) {
            throw new UncheckedIOException(
                    "no such image or folder: " + path, new NoSuchFileException(path.toString()));
        }
        return distinct(at(path));
    }

    private List<TestCase> at(Path path) {
        if (path.endsWith(UnitTestsFile.NAME)) {
            return unitTests(path.toAbsolutePath().getParent());
        }
        if (!Files.isDirectory(path)) {
            return List.of(image(path));
        }
        return Files.exists(path.resolve(UnitTestsFile.NAME))
                ? unitTests(path)
                : GuestImages.in(path).stream().map(this::image).toList();
    }

    private List<TestCase> unitTests(Path folder) {
        return new UnitTestsFile(folder)
                .read().stream().map(test -> test.testCase(device, this::finished)).toList();
    }

    /**
     * The case that an image is, with its side-car.
     *
     * @param file the image
     * @return the case, which fails if there is no such image
     * @throws IllegalArgumentException if the side-car is not as it has to be
     */
    public TestCase image(Path file) {
        Optional<Sidecar> sidecar = Sidecar.of(file);
        return new TestCase(
                file.getNameCount() == 0 ? file.toString() : file.getFileName().toString(),
                Optional.of(file),
                () -> {
                    GuestSetup setup = GuestSetup.of(file);
                    preparation.accept(setup);
                    sidecar.ifPresent(known -> known.applyTo(setup));
                    return finished(setup);
                },
                sidecar.flatMap(known -> known.skip().or(() -> known.obstacle(device))));
    }

    private GuestSetup changed(GuestSetup setup) {
        preparation.accept(setup);
        return finished(setup);
    }

    private GuestSetup finished(GuestSetup setup) {
        setup.kvm(device);
        finish.accept(setup);
        return setup;
    }

    /** Files of one name in two folders are told apart by a number. */
    private static List<TestCase> distinct(List<TestCase> cases) {
        DistinctNames names = new DistinctNames();
        return cases.stream().map(one -> one.named(names.next(one.name()))).toList();
    }
}
