/*
 * Interrupts in long mode, for guests in C: an interrupt descriptor table and the local APIC, whose
 * registers are one to one at their physical address.
 */
#ifndef INTERRUPTS_H
#define INTERRUPTS_H

#include "guest.h"

#define LOCAL_APIC 0xfee00000
#define LOCAL_APIC_ID 0x20
#define LOCAL_APIC_EOI 0xb0
#define LOCAL_APIC_SPURIOUS_VECTOR 0xf0
#define LOCAL_APIC_TIMER 0x320
#define LOCAL_APIC_TIMER_COUNT 0x380
#define LOCAL_APIC_TIMER_DIVISOR 0x3e0

#define LOCAL_APIC_ENABLED 0x100
#define LOCAL_APIC_TIMER_PERIODIC 0x20000
#define SPURIOUS_VECTOR 0xff

#define IO_APIC 0xfec00000
#define IO_APIC_WINDOW 0x10
#define IO_APIC_REDIRECTION 0x10

#define PIC_MASTER_MASK 0x21
#define PIC_SLAVE_MASK 0xa1
#define ALL_LINES 0xff

#define GATE_PRESENT_INTERRUPT 0x8e00

struct interrupt_frame;

/* To be given to functions that handle an interrupt: void f(struct interrupt_frame *). */
#define INTERRUPT __attribute__((interrupt))

struct gate {
    uint16_t offset_low;
    uint16_t selector;
    uint16_t type;
    uint16_t offset_middle;
    uint32_t offset_high;
    uint32_t reserved;
};

static struct gate interrupt_gates[256];

static inline void mmio_write(uint64_t address, uint32_t value)
{
    *(volatile uint32_t *)address = value;
}

static inline uint32_t mmio_read(uint64_t address)
{
    return *(volatile uint32_t *)address;
}

static inline void handle_interrupt(int vector, void (*handler)(struct interrupt_frame *))
{
    uint64_t offset = (uint64_t)handler;
    uint16_t code;
    asm("mov %%cs, %0" : "=r"(code));
    interrupt_gates[vector] = (struct gate){
        .offset_low = offset,
        .selector = code,
        .type = GATE_PRESENT_INTERRUPT,
        .offset_middle = offset >> 16,
        .offset_high = offset >> 32,
    };
}

/* Loads the table, silences the PICs, and enables the local APIC; interrupts stay off. */
static inline void prepare_interrupts(void)
{
    struct __attribute__((packed)) {
        uint16_t limit;
        uint64_t base;
    } table = {sizeof interrupt_gates - 1, (uint64_t)interrupt_gates};
    asm volatile("lidt %0" : : "m"(table));
    port_write(PIC_MASTER_MASK, ALL_LINES);
    port_write(PIC_SLAVE_MASK, ALL_LINES);
    mmio_write(LOCAL_APIC + LOCAL_APIC_SPURIOUS_VECTOR, LOCAL_APIC_ENABLED | SPURIOUS_VECTOR);
}

static inline void end_of_interrupt(void)
{
    mmio_write(LOCAL_APIC + LOCAL_APIC_EOI, 0);
}

/* Sends an I/O APIC's line to this processor, edge-triggered. */
static inline void redirect_line(int line, int vector)
{
    mmio_write(IO_APIC, IO_APIC_REDIRECTION + 2 * line + 1);
    mmio_write(IO_APIC + IO_APIC_WINDOW, mmio_read(LOCAL_APIC + LOCAL_APIC_ID));
    mmio_write(IO_APIC, IO_APIC_REDIRECTION + 2 * line);
    mmio_write(IO_APIC + IO_APIC_WINDOW, vector);
}

/* Sleeps until an interrupt was handled, and returns with interrupts off. No wake-up is lost, as
 * STI takes effect behind HLT. */
static inline void await_interrupt(void)
{
    asm volatile("sti; hlt; cli" : : : "memory");
}

#endif
