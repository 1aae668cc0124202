/* Writes to the console what it reads from there, until it reads ^D. */
#include "guest.h"

#define END_OF_TRANSMISSION 0x04

static void await(uint8_t line_status)
{
    while (!(port_read(COM1_LINE_STATUS) & line_status)) {
    }
}

int main(void)
{
    for (;;) {
        await(LINE_STATUS_DATA_READY);
        uint8_t character = port_read(COM1);
        if (character == END_OF_TRANSMISSION) {
            return 0;
        }
        await(LINE_STATUS_TRANSMITTER_EMPTY);
        port_write(COM1, character);
    }
}
