package kvm4j.cli;

import java.io.InputStream;
import java.io.OutputStream;

/**
 * What a guest's console is connected to.
 *
 * @param input what it reads
 * @param output where it prints
 */
record Console(InputStream input, OutputStream output) {}
