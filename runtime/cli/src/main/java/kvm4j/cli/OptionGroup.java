package kvm4j.cli;

import picocli.CommandLine.Model.OptionSpec;

import java.util.List;

/**
 * Options that belong together, under a heading of their own in the help.
 *
 * @param heading what they are about
 * @param options in the order of the help
 */
record OptionGroup(String heading, List<OptionSpec> options) {}
