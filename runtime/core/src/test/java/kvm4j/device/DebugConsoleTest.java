package kvm4j.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import static java.nio.charset.StandardCharsets.US_ASCII;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;

class DebugConsoleTest {

    @Test
    void takesTextAndSaysThatItIsThere() {
        ByteArrayOutputStream output = new ByteArrayOutputStream();
        PortBus bus = new PortBus();
        bus.attach(DebugConsole.FIRMWARE_PORT, 1, new DebugConsole(output));
        "SeaBIOS\n".chars().forEach(c -> bus.write(DebugConsole.FIRMWARE_PORT, 1, c));
        assertEquals("SeaBIOS\n", output.toString(US_ASCII));
        assertEquals(0xe9, bus.read(DebugConsole.FIRMWARE_PORT, 1));
    }

    @Test
    void aBrokenOutputIsTheHostsFault() {
        DebugConsole broken =
                new DebugConsole(
                        new OutputStream() {
                            @Override
                            public void write(int value) throws IOException {
                                throw new IOException("broken pipe");
                            }
                        });
        assertThrows(UncheckedIOException.class, () -> broken.writeByte(0, 'x'));
    }

    @Test
    void survivesAHostileGuest() {
        HostileGuest.attack(new DebugConsole(OutputStream.nullOutputStream()), 1, 1);
    }
}
