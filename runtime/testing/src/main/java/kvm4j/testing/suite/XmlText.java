package kvm4j.testing.suite;

/** Text as XML 1.0 can hold it (section 2.2): the writer would let other characters through. */
final class XmlText {

    private XmlText() {}

    /** The text, with U+FFFD for each character that XML cannot hold, not even as a reference. */
    static String of(String text) {
        StringBuilder result = new StringBuilder(text.length());
        text.codePoints()
                .forEach(
                        character ->
                                result.appendCodePoint(
                                        isCharacter(character) ? character : 0xfffd));
        return result.toString();
    }

    private static boolean isCharacter(int character) {
        return character == '\t'
                || character == '\n'
                || character == '\r'
                || character >= 0x20 && character <= 0xd7ff
                || character >= 0xe000 && character <= 0xfffd
                || character >= 0x1_0000;
    }
}
