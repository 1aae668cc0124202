package kvm4j.junit;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.testing.FinishedGuest;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.opentest4j.AssertionFailedError;

import java.io.IOException;
import java.io.InputStream;
import java.lang.module.ModuleDescriptor.Requires;
import java.lang.module.ModuleFinder;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Path;
import java.util.Set;

/** Where there is no AssertJ, all but the package for it works as ever. */
class WithoutAssertJTest {

    private static final String OWN = "kvm4j.junit.";

    /** Has own classes of this module, and none of AssertJ's. */
    private static final class Loader extends ClassLoader {

        Loader() {
            super(WithoutAssertJTest.class.getClassLoader());
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (name.startsWith("org.assertj.")) {
                throw new ClassNotFoundException(name);
            }
            if (!name.startsWith(OWN)) {
                return super.loadClass(name, resolve);
            }
            synchronized (getClassLoadingLock(name)) {
                Class<?> loaded = findLoadedClass(name);
                return loaded == null ? define(name) : loaded;
            }
        }

        private Class<?> define(String name) throws ClassNotFoundException {
            String file = name.replace('.', '/') + ".class";
            try (InputStream in = getParent().getResourceAsStream(file)) {
                byte[] bytes = in.readAllBytes();
                return defineClass(name, bytes, 0, bytes.length);
            } catch (IOException e) {
                throw new ClassNotFoundException(name, e);
            }
        }
    }

    /** A user's test. */
    static final class Probe {

        private Probe() {}

        static void assertExited(FinishedGuest guest, int code) {
            GuestAssertions.assertThat(guest).exited(code).consoleContains("Hello");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GuestAssertions",
                "GuestAssert",
                "GuestExtension",
                "GuestMatrixExtension",
                "GuestTests",
                "GuestReport",
                "RequiresKvmCondition"
            })
    void everyOtherClassIsThere(String name) throws ClassNotFoundException {
        Class<?> type = Class.forName(OWN + name, true, new Loader());
        assertTrue(type.getClassLoader() instanceof Loader);
        assertDoesNotThrow(type::getDeclaredMethods);
    }

    @Test
    void thePackageForItIsNot() {
        NoClassDefFoundError missing =
                assertThrows(
                        NoClassDefFoundError.class,
                        () ->
                                Class.forName(
                                        OWN + "assertj.FinishedGuestAssert", true, new Loader()));
        assertTrue(missing.getMessage().startsWith("org/assertj/"), missing.getMessage());
    }

    /** A module that is required transitively has to be there to compile those who use this one. */
    @Test
    void noModuleIsBoundToIt() throws URISyntaxException {
        URL place = GuestAssertions.class.getProtectionDomain().getCodeSource().getLocation();
        Requires assertJ =
                ModuleFinder.of(Path.of(place.toURI()))
                        .find("kvm4j.junit")
                        .orElseThrow()
                        .descriptor()
                        .requires()
                        .stream()
                        .filter(requires -> requires.name().equals("org.assertj.core"))
                        .findFirst()
                        .orElseThrow();
        assertEquals(Set.of(Requires.Modifier.STATIC), assertJ.modifiers());
    }

    @Test
    @RequiresKvm
    void assertionsAboutGuestsWork(@Guest("hello") FinishedGuest guest) throws Exception {
        Method check =
                Class.forName(Probe.class.getName(), true, new Loader())
                        .getDeclaredMethod("assertExited", FinishedGuest.class, int.class);
        check.setAccessible(true);
        check.invoke(null, guest, 0);
        InvocationTargetException failure =
                assertThrows(InvocationTargetException.class, () -> check.invoke(null, guest, 1));
        assertEquals(AssertionFailedError.class, failure.getCause().getClass());
    }
}
