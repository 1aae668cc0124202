package kvm4j.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.CompletableFuture;

class EventFdTest {

    private static final Duration LONG = Duration.ofMinutes(1);

    @Test
    void countsSignalsUntilTheyAreTaken() {
        try (EventFd eventFd = EventFd.create()) {
            assertEquals(0, eventFd.take());
            eventFd.signal();
            eventFd.signal();
            assertEquals(2, eventFd.take());
            assertEquals(0, eventFd.take());
        }
    }

    @Test
    void waitsForASignalOfAnotherThread() {
        try (EventFd eventFd = EventFd.create()) {
            var waiter = CompletableFuture.supplyAsync(() -> eventFd.await(LONG));
            eventFd.signal();
            assertEquals(1, waiter.join());
            assertEquals(0, eventFd.await(Duration.ofMillis(1)));
            assertEquals(0, eventFd.await(Duration.ofMillis(-5)));
        }
    }

    @Test
    void aWaitMayHaveNoLimitThatCounts() {
        try (EventFd eventFd = EventFd.create()) {
            eventFd.signal();
            assertEquals(1, eventFd.await(ChronoUnit.FOREVER.getDuration()));
        }
    }

    @Test
    void aSignalToTheThreadDoesNotEndTheWait() {
        try (EventFd eventFd = EventFd.create()) {
            var thread = new CompletableFuture<NativeThread>();
            var waiter =
                    CompletableFuture.supplyAsync(
                            () -> {
                                thread.complete(NativeThread.current());
                                return eventFd.await(LONG);
                            });
            for (int i = 0; i < 100; i++) {
                thread.join().interrupt();
            }
            assertFalse(waiter.isDone());
            eventFd.signal();
            assertEquals(1, waiter.join());
        }
    }

    @Test
    @SuppressWarnings("try") // use after close is what is tested
    void itsNumberIsItsOwnWhileItIsUsed() {
        EventFd eventFd = EventFd.create();
        CompletableFuture<Void> closing =
                eventFd.during(
                        number -> {
                            var close = CompletableFuture.runAsync(eventFd::close);
                            while (!eventFd.isClosed()) {
                                Thread.onSpinWait();
                            }
                            assertTrue(Files.exists(Path.of("/proc/self/fd/" + number)));
                            assertFalse(close.isDone());
                            return close;
                        });
        closing.join();
        assertThrows(IllegalStateException.class, () -> eventFd.during(number -> number));
    }

    @Test
    @SuppressWarnings("try") // use after close is what is tested
    void aClosedOneIsOfNoUse() {
        EventFd eventFd = EventFd.create();
        assertFalse(eventFd.isClosed());
        eventFd.close();
        eventFd.close();
        assertTrue(eventFd.isClosed());
        assertThrows(IllegalStateException.class, eventFd::number);
        assertThrows(IllegalStateException.class, eventFd::signal);
        assertThrows(IllegalStateException.class, eventFd::take);
        assertThrows(IllegalStateException.class, () -> eventFd.await(LONG));
    }
}
