package kvm4j.cli;

/**
 * A module as a user names it: a file, and what it is told, in one argument. The file's name ends
 * at the first blank, unless it is in quotation marks, or the blank has a backslash before it, as
 * in a shell.
 *
 * @param file the file's name
 * @param commandLine its name and what follows, as kernels expect it
 */
record ModuleArgument(String file, String commandLine) {

    /**
     * Takes an argument apart.
     *
     * @param argument what the user wrote
     * @throws IllegalArgumentException if a quotation mark is not followed by another
     */
    static ModuleArgument parse(String argument) {
        StringBuilder file = new StringBuilder();
        int at = 0;
        while (at < argument.length() && argument.charAt(at) != ' ') {
            char character = argument.charAt(at);
            switch (character) {
                case '\'', '"' -> {
                    int end = argument.indexOf(character, at + 1);
                    if (end < 0) {
                        throw new IllegalArgumentException(
                                "--module: a quotation mark without another: " + argument);
                    }
                    file.append(argument, at + 1, end);
                    at = end + 1;
                }
                case '\\' -> {
                    int escaped = Math.min(at + 1, argument.length() - 1);
                    file.append(argument.charAt(escaped));
                    at += 2;
                }
                default -> {
                    file.append(character);
                    at++;
                }
            }
        }
        String rest = argument.substring(Math.min(at, argument.length()));
        return new ModuleArgument(file.toString(), file + rest);
    }
}
