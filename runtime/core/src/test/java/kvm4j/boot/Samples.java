package kvm4j.boot;

import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.ArgumentsProvider;
import org.junit.jupiter.params.provider.ArgumentsSource;
import org.junit.jupiter.params.support.AnnotationConsumer;
import org.junit.jupiter.params.support.ParameterDeclarations;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** Has a test run with the {@linkplain SampleImages sound images} of some formats. */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@ArgumentsSource(Samples.Images.class)
@interface Samples {

    /** The formats; all of them if none is given. */
    ImageFormat[] value() default {};

    /** Finds the images. */
    final class Images implements ArgumentsProvider, AnnotationConsumer<Samples> {

        private List<ImageFormat> formats;

        @Override
        public void accept(Samples annotation) {
            formats = List.of(annotation.value());
        }

        @Override
        public Stream<? extends Arguments> provideArguments(
                ParameterDeclarations declarations, ExtensionContext context) {
            return Arrays.stream(SampleImages.Sample.values())
                    .filter(sample -> formats.isEmpty() || formats.contains(sample.format()))
                    .map(sample -> Arguments.of(Named.of(sample.name(), sample.image())));
        }
    }
}
