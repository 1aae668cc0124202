/*
 * Echo without polling: sleeps with HLT until the serial port interrupts through the I/O APIC,
 * writes back what it reads, and ends when it reads ^D.
 */
#include "interrupts.h"

#define SERIAL_VECTOR 0x44
#define SERIAL_LINE 4
#define INTERRUPT_ENABLE (COM1 + 1)
#define INTERRUPT_RECEIVED 0x01
#define END_OF_TRANSMISSION 0x04

static volatile int ended;

INTERRUPT static void received(struct interrupt_frame *frame)
{
    (void)frame;
    while (port_read(COM1_LINE_STATUS) & LINE_STATUS_DATA_READY) {
        uint8_t next = port_read(COM1);
        if (next == END_OF_TRANSMISSION)
            ended = 1;
        else
            port_write(COM1, next);
    }
    end_of_interrupt();
}

int main(void)
{
    handle_interrupt(SERIAL_VECTOR, received);
    prepare_interrupts();
    redirect_line(SERIAL_LINE, SERIAL_VECTOR);
    port_write(INTERRUPT_ENABLE, INTERRUPT_RECEIVED);
    while (!ended)
        await_interrupt();
    return 0;
}
