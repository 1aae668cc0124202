/*
 * Sleeps with HLT until the local APIC's timer has ticked a number of times.
 *
 * Parameter: how many ticks; 0 is endless.
 */
#include "interrupts.h"

#define TIMER_VECTOR 0x40
#define DIVIDE_BY_1 0b1011
#define TICK 1000000 /* 1 ms: KVM's local APIC timer counts nanoseconds */

static uint64_t ticks;

INTERRUPT static void tick(struct interrupt_frame *frame)
{
    (void)frame;
    ticks = ticks + 1;
    /* Here and not in main, which does not run where they come faster than they are handled. */
    if (ticks == parameter(0))
        port_write(DEBUG_EXIT, 0);
    end_of_interrupt();
}

int main(void)
{
    handle_interrupt(TIMER_VECTOR, tick);
    prepare_interrupts();
    mmio_write(LOCAL_APIC + LOCAL_APIC_TIMER_DIVISOR, DIVIDE_BY_1);
    mmio_write(LOCAL_APIC + LOCAL_APIC_TIMER, LOCAL_APIC_TIMER_PERIODIC | TIMER_VECTOR);
    mmio_write(LOCAL_APIC + LOCAL_APIC_TIMER_COUNT, TICK);
    while (1)
        await_interrupt();
}
