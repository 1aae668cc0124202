package kvm4j.benchmarks;

import kvm4j.benchmarks.kind.ExitKind;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

import java.util.Arrays;
import java.util.Iterator;
import java.util.stream.Collectors;

/** A kind of exit by the name that users type. */
final class KindConverter implements ITypeConverter<ExitKind>, Iterable<String> {

    @Override
    public ExitKind convert(String text) {
        return ExitKind.find(text)
                .orElseThrow(
                        () ->
                                new TypeConversionException(
                                        Arrays.stream(ExitKind.values())
                                                .map(ExitKind::kindName)
                                                .collect(
                                                        Collectors.joining(
                                                                ", ",
                                                                "'" + text + "' is none of: ",
                                                                ""))));
    }

    /** All names, for help and completion. */
    @Override
    public Iterator<String> iterator() {
        return Arrays.stream(ExitKind.values()).map(ExitKind::kindName).iterator();
    }
}
