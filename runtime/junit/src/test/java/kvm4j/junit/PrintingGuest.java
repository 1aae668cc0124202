package kvm4j.junit;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;

/** Real-mode code that prints a text and ends with exit code 1. */
public final class PrintingGuest {

    private static final byte[] CODE =
            HexFormat.ofDelimiter(" ")
                    .parseHex("ba f8 03 be 12 10 ac 84 c0 74 03 ee eb f8 b0 01 e6 f4");

    private PrintingGuest() {}

    public static byte[] image(String text) {
        byte[] printed = (text + "\0").getBytes(StandardCharsets.UTF_8);
        byte[] image = Arrays.copyOf(CODE, CODE.length + printed.length);
        System.arraycopy(printed, 0, image, CODE.length, printed.length);
        return image;
    }
}
