package kvm4j.bindings;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SequenceLayout;
import java.lang.reflect.Method;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What jextract made of one header, found by reflection so that nothing in it escapes the test.
 *
 * @param header the class with the constants and functions; the structs are its neighbours
 */
record GeneratedPackage(Class<?> header) {

    /** The empty structs that the kernel's macro for flexible arrays leaves behind. */
    private static final String FLEXIBLE_ARRAY_ARTEFACT = "__empty_";

    private static final String OFFSET = "$offset";

    /** The names of all constants. */
    Set<String> constants() {
        return constantGetters().map(Method::getName).collect(Collectors.toSet());
    }

    /** The names of all functions. */
    Set<String> functions() {
        Stream<String> fixed =
                Arrays.stream(header.getMethods())
                        .map(Method::getName)
                        .filter(name -> name.endsWith("$descriptor"))
                        .map(name -> name.substring(0, name.indexOf('$')));
        Stream<String> variadic =
                Arrays.stream(header.getDeclaredClasses())
                        .filter(type -> hasMethod(type, "makeInvoker", MemoryLayout[].class))
                        .map(Class::getSimpleName);
        return Stream.concat(fixed, variadic).collect(Collectors.toSet());
    }

    /** The address of a function in this process. */
    MemorySegment address(String function) {
        for (Class<?> variadic : header.getDeclaredClasses()) {
            if (variadic.getSimpleName().equals(function)
                    && hasMethod(variadic, "makeInvoker", MemoryLayout[].class)) {
                return (MemorySegment) call(variadic, "address");
            }
        }
        return (MemorySegment) call(header, function + "$address");
    }

    /** The names of all structs and unions. */
    Set<String> types() {
        return structs().stream().map(Class::getSimpleName).collect(Collectors.toSet());
    }

    /**
     * Everything this package says that a C compiler can confirm.
     *
     * @param types the structs and unions with their C spelling
     */
    List<Claim> claims(Collection<Filter.Entry> types) {
        List<Claim> claims = new ArrayList<>();
        constantGetters().forEach(getter -> claims.add(constant(getter)));
        for (Class<?> struct : structs()) {
            String type =
                    types.stream()
                            .filter(entry -> entry.name().equals(struct.getSimpleName()))
                            .map(Filter.Entry::cType)
                            .findAny()
                            .orElseThrow();
            addStruct(claims, struct, type);
        }
        return claims;
    }

    private Stream<Method> constantGetters() {
        Set<String> functions = functions();
        return Arrays.stream(header.getDeclaredMethods())
                .filter(method -> method.getParameterCount() == 0)
                .filter(method -> method.getName().indexOf('$') < 0)
                .filter(method -> !functions.contains(method.getName()));
    }

    private static Claim constant(Method getter) {
        return switch (call(getter)) {
            case Integer value -> Claim.constant(getter.getName(), value.intValue());
            case Long value -> Claim.constant(getter.getName(), value.longValue());
            case MemorySegment value -> Claim.constant(getter.getName(), value.address());
            case Object other ->
                    throw new AssertionError(getter + " is of a type not known here: " + other);
        };
    }

    private List<Class<?>> structs() {
        try {
            Path root = Path.of(header.getProtectionDomain().getCodeSource().getLocation().toURI());
            try (var files = Files.list(root.resolve(header.getPackageName().replace('.', '/')))) {
                return files.map(file -> file.getFileName().toString())
                        .filter(file -> file.endsWith(".class") && file.indexOf('$') < 0)
                        .map(file -> file.substring(0, file.length() - ".class".length()))
                        .sorted()
                        .<Class<?>>map(this::sibling)
                        .filter(type -> hasMethod(type, "layout"))
                        .toList();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    private Class<?> sibling(String simpleName) {
        try {
            return Class.forName(header.getPackageName() + "." + simpleName);
        } catch (ClassNotFoundException e) {
            throw new AssertionError(e);
        }
    }

    private static void addStruct(List<Claim> claims, Class<?> struct, String type) {
        MemoryLayout layout = (MemoryLayout) call(struct, "layout");
        claims.add(
                new Claim(
                        Claim.Kind.SIZE,
                        type,
                        "",
                        "sizeof(%s)".formatted(type),
                        layout.byteSize()));
        claims.add(
                new Claim(
                        Claim.Kind.ALIGNMENT,
                        type,
                        "",
                        "_Alignof(%s)".formatted(type),
                        layout.byteAlignment()));
        addMembers(claims, struct, type, "");
    }

    /** Claims the members of a struct, then of the structs declared inside it. */
    private static void addMembers(
            List<Claim> claims, Class<?> struct, String type, String prefix) {
        Set<String> members =
                Arrays.stream(struct.getMethods())
                        .map(Method::getName)
                        .filter(name -> name.endsWith(OFFSET))
                        .map(name -> name.substring(0, name.length() - OFFSET.length()))
                        .filter(name -> !name.startsWith(FLEXIBLE_ARRAY_ARTEFACT))
                        .collect(Collectors.toCollection(TreeSet::new));
        for (String member : members) {
            addMember(claims, struct, type, prefix, member);
        }
        for (Class<?> inner : struct.getDeclaredClasses()) {
            String member = inner.getSimpleName();
            if (hasMethod(inner, "layout") && !member.startsWith(FLEXIBLE_ARRAY_ARTEFACT)) {
                if (!members.contains(member)) {
                    throw new AssertionError(inner + " is the type of no member");
                }
                MemoryLayout layout = (MemoryLayout) call(struct, member + "$layout");
                String path = prefix + member + "[0]".repeat(dimensions(layout));
                addMembers(claims, inner, type, path + ".");
            }
        }
    }

    private static void addMember(
            List<Claim> claims, Class<?> struct, String type, String prefix, String member) {
        String path = prefix + member;
        String offset = "__builtin_offsetof(%s, %s)".formatted(type, path);
        if (!prefix.isEmpty()) {
            String outer = prefix.substring(0, prefix.length() - 1);
            offset += " - __builtin_offsetof(%s, %s)".formatted(type, outer);
        }
        long start = (long) call(struct, member + OFFSET);
        claims.add(new Claim(Claim.Kind.OFFSET, type, path, offset, start));

        MemoryLayout layout = (MemoryLayout) call(struct, member + "$layout");
        String object = "((%s *) 0)->%s".formatted(type, path);
        claims.add(
                layout instanceof SequenceLayout array && array.elementCount() == 0
                        ? new Claim(
                                Claim.Kind.ELEMENT_SIZE,
                                type,
                                path,
                                "sizeof(%s[0])".formatted(object),
                                array.elementLayout().byteSize())
                        : new Claim(
                                Claim.Kind.SIZE,
                                type,
                                path,
                                "sizeof(%s)".formatted(object),
                                layout.byteSize()));
    }

    private static int dimensions(MemoryLayout layout) {
        return layout instanceof SequenceLayout array ? 1 + dimensions(array.elementLayout()) : 0;
    }

    private static boolean hasMethod(Class<?> type, String name, Class<?>... parameters) {
        return Arrays.stream(type.getMethods())
                .anyMatch(
                        method ->
                                method.getName().equals(name)
                                        && Arrays.equals(method.getParameterTypes(), parameters));
    }

    private static Object call(Class<?> type, String method) {
        try {
            return call(type.getMethod(method));
        } catch (NoSuchMethodException e) {
            throw new AssertionError(e);
        }
    }

    private static Object call(Method method) {
        try {
            return method.invoke(null);
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }
}
