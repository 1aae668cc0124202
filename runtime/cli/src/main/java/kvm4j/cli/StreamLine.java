package kvm4j.cli;

import java.io.InputStream;
import java.io.OutputStream;

/**
 * A serial line to streams as they are.
 *
 * @param input what the guest reads
 * @param output where it prints
 */
record StreamLine(InputStream input, OutputStream output) implements SerialLine {}
