package kvm4j.cli;

import java.io.InputStream;
import java.io.OutputStream;

/**
 * The standard streams, as guests get them: byte for byte.
 *
 * @param input what a guest reads
 * @param output where it prints
 * @param diagnostics where it prints what is not its console's
 */
record Console(InputStream input, OutputStream output, OutputStream diagnostics) {}
