package kvm4j.junit.assertj;

import kvm4j.testing.ReadableText;

import org.assertj.core.presentation.StandardRepresentation;

/**
 * Shows of what a guest printed the end, and nothing that would command a terminal or that XML
 * cannot hold: a build's report that has such is not read at all.
 */
final class ReadableRepresentation extends StandardRepresentation {

    @Override
    protected String toStringOf(String text) {
        return super.toStringOf(ReadableText.end(text));
    }
}
