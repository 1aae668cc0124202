package kvm4j.testing.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;

class ConsoleTailTest {

    private final ConsoleTail tail = new ConsoleTail();

    private void print(String text) {
        byte[] bytes = ("--" + text + "--").getBytes(StandardCharsets.UTF_8);
        tail.write(bytes, 2, bytes.length - 4);
    }

    @Test
    void keepsTheEnd() {
        print("begin");
        print("x".repeat(ConsoleTail.KEPT - 3));
        print("end");
        assertEquals("x".repeat(ConsoleTail.KEPT - 3) + "end", tail.text());
        print("y".repeat(2 * ConsoleTail.KEPT) + "z");
        assertEquals("y".repeat(ConsoleTail.KEPT - 1) + "z", tail.text());
    }

    @Test
    void forgets() {
        print("one");
        tail.clear();
        assertEquals("", tail.text());
        print("two");
        assertEquals("two", tail.text());
    }
}
