/*
 * Sleeps with HLT until the real-time clock has interrupted a number of times through the I/O APIC.
 *
 * Parameters: how many times, 0 is endless; which interrupts are enabled, as in register B (0x40
 * periodic, 0x20 alarm, which comes each second, 0x10 update ended); at which rate, as in register A.
 */
#include "interrupts.h"

#define CLOCK_VECTOR 0x48
#define CLOCK_LINE 8
#define INDEX 0x70
#define DATA 0x71
#define ALARM_SECONDS 0x01
#define ALARM_MINUTES 0x03
#define ALARM_HOURS 0x05
#define ANY_TIME 0xff
#define REGISTER_A 0x0a
#define REGISTER_B 0x0b
#define REGISTER_C 0x0c
#define CRYSTAL_32768_HZ 0x20
#define HOURS_24 0x02

static uint64_t interrupts;

static uint8_t clock_read(uint8_t index)
{
    port_write(INDEX, index);
    return port_read(DATA);
}

static void clock_write(uint8_t index, uint8_t value)
{
    port_write(INDEX, index);
    port_write(DATA, value);
}

INTERRUPT static void interrupted(struct interrupt_frame *frame)
{
    (void)frame;
    if (clock_read(REGISTER_C) & parameter(1))
        interrupts = interrupts + 1;
    /* Here and not in main, which does not run where they come faster than they are handled. */
    if (interrupts == parameter(0))
        port_write(DEBUG_EXIT, 0);
    end_of_interrupt();
}

int main(void)
{
    handle_interrupt(CLOCK_VECTOR, interrupted);
    prepare_interrupts();
    redirect_line(CLOCK_LINE, CLOCK_VECTOR);
    clock_write(ALARM_SECONDS, ANY_TIME);
    clock_write(ALARM_MINUTES, ANY_TIME);
    clock_write(ALARM_HOURS, ANY_TIME);
    clock_write(REGISTER_A, CRYSTAL_32768_HZ | parameter(2));
    clock_read(REGISTER_C);
    clock_write(REGISTER_B, HOURS_24 | parameter(1));
    while (1)
        await_interrupt();
}
