/*
 * Does what a well-meaning guest never would: reads and writes ports and guest-physical addresses at
 * random, in every width, at any alignment, and as strings. Other processors, which it starts in
 * real mode, do so with ports alone. Whatever happens to it is its own fault.
 *
 * Parameters: the seed, of which an odd one stays near the devices of a PC and an even one goes
 * anywhere; how many accesses to make, 0 is endless.
 */
#include "interrupts.h"

#define TRAMPOLINE 0x9000
#define STRING_LENGTH 64 /* at most, in bytes */

#define LOCAL_APIC_COMMAND 0x300
#define ALL_OTHERS_INIT 0xc4500
#define ALL_OTHERS_SIPI 0xc4600

#define ELEMENTS(array) (sizeof(array) / sizeof(array)[0])

static const uint16_t device_ports[] = {
    0x20, 0x40, 0x60, 0x70, 0x80, 0x90, 0xa0, 0xe0, 0xf0, 0x3f8,
    0x400, 0x4d0, 0x500, 0x510, 0x600, 0x608, 0xcf8, 0x2000, 0xfff8,
};

static const uint32_t device_addresses[] = {
    0xa0000, 0xe0000, MMIO_ADDRESS, IO_APIC, IO_APIC + IO_APIC_WINDOW,
    LOCAL_APIC, LOCAL_APIC + LOCAL_APIC_COMMAND, 0xff000000, 0xff00fff0, 0xfffffff0,
};

/* For each of the other processors: real mode, with another sequence than its neighbours'. */
extern const uint8_t trampoline[], trampoline_end[];
asm(".code16\n"
    "trampoline:\n"
    "	rdtsc\n"
    "	or	$1, %eax\n"
    "	mov	%eax, %esi\n"
    "1:	mov	%esi, %eax\n"
    "	shl	$13, %eax\n"
    "	xor	%eax, %esi\n"
    "	mov	%esi, %eax\n"
    "	shr	$17, %eax\n"
    "	xor	%eax, %esi\n"
    "	mov	%esi, %eax\n"
    "	shl	$5, %eax\n"
    "	xor	%eax, %esi\n"
    "	mov	%si, %dx\n"
    "	mov	%esi, %eax\n"
    "	rol	$7, %eax\n"
    "	test	$1, %al\n"
    "	jz	2f\n"
    "	and	$0xfff, %dx\n"
    "2:	test	$2, %al\n"
    "	jz	3f\n"
    "	out	%al, %dx\n"
    "	in	%dx, %ax\n"
    "	jmp	1b\n"
    "3:	out	%eax, %dx\n"
    "	in	%dx, %al\n"
    "	jmp	1b\n"
    "trampoline_end:\n"
    ".code64\n");

static uint64_t state;
static int near_devices;

/* Marsaglia's xorshift with 64 bits. */
static uint64_t next(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static uint32_t below(uint32_t limit)
{
    return (next() >> 32) % limit;
}

/* Bits of any number, as registers seldom want all of them. */
static uint64_t value(void)
{
    return next() >> below(64);
}

static uint16_t port(void)
{
    return near_devices ? device_ports[below(ELEMENTS(device_ports))] + below(16) : next();
}

static uint64_t address(void)
{
    return near_devices ? device_addresses[below(ELEMENTS(device_addresses))] + below(24)
                        : below(0xffffffff);
}

static void write_port(void)
{
    uint16_t to = port();
    uint32_t what = value();
    switch (below(3)) {
    case 0:
        asm volatile("outb %b0, %1" : : "a"(what), "d"(to) : "memory");
        break;
    case 1:
        asm volatile("outw %w0, %1" : : "a"(what), "d"(to) : "memory");
        break;
    default:
        asm volatile("outl %0, %1" : : "a"(what), "d"(to) : "memory");
    }
}

static void read_port(void)
{
    uint16_t from = port();
    uint32_t ignored;
    switch (below(3)) {
    case 0:
        asm volatile("inb %1, %b0" : "=a"(ignored) : "d"(from) : "memory");
        break;
    case 1:
        asm volatile("inw %1, %w0" : "=a"(ignored) : "d"(from) : "memory");
        break;
    default:
        asm volatile("inl %1, %0" : "=a"(ignored) : "d"(from) : "memory");
    }
}

static void write_string(void)
{
    uint64_t words[STRING_LENGTH / 8];
    void *source = words;
    uint64_t count = 1 + below(STRING_LENGTH / 4);
    uint16_t to = port();
    for (unsigned i = 0; i < ELEMENTS(words); i++) {
        words[i] = value();
    }
    switch (below(3)) {
    case 0:
        asm volatile("rep outsb" : "+S"(source), "+c"(count) : "d"(to) : "memory");
        break;
    case 1:
        asm volatile("rep outsw" : "+S"(source), "+c"(count) : "d"(to) : "memory");
        break;
    default:
        asm volatile("rep outsl" : "+S"(source), "+c"(count) : "d"(to) : "memory");
    }
}

static void read_string(void)
{
    uint64_t words[STRING_LENGTH / 8];
    void *target = words;
    uint64_t count = 1 + below(STRING_LENGTH / 4);
    uint16_t from = port();
    switch (below(3)) {
    case 0:
        asm volatile("rep insb" : "+D"(target), "+c"(count) : "d"(from) : "memory");
        break;
    case 1:
        asm volatile("rep insw" : "+D"(target), "+c"(count) : "d"(from) : "memory");
        break;
    default:
        asm volatile("rep insl" : "+D"(target), "+c"(count) : "d"(from) : "memory");
    }
}

static void write_memory(void)
{
    uint64_t to = address();
    switch (below(4)) {
    case 0:
        *(volatile uint8_t *)to = value();
        break;
    case 1:
        *(volatile uint16_t *)to = value();
        break;
    case 2:
        *(volatile uint32_t *)to = value();
        break;
    default:
        *(volatile uint64_t *)to = value();
    }
}

static void read_memory(void)
{
    uint64_t from = address();
    switch (below(4)) {
    case 0:
        (void)*(volatile uint8_t *)from;
        break;
    case 1:
        (void)*(volatile uint16_t *)from;
        break;
    case 2:
        (void)*(volatile uint32_t *)from;
        break;
    default:
        (void)*(volatile uint64_t *)from;
    }
}

static void (*const actions[])(void) = {
    write_port, write_port, read_port, write_string, read_string, write_memory, read_memory,
};

static void start_other_processors(void)
{
    for (const uint8_t *code = trampoline; code < trampoline_end; code++) {
        ((volatile uint8_t *)TRAMPOLINE)[code - trampoline] = *code;
    }
    mmio_write(LOCAL_APIC + LOCAL_APIC_SPURIOUS_VECTOR, LOCAL_APIC_ENABLED | SPURIOUS_VECTOR);
    mmio_write(LOCAL_APIC + LOCAL_APIC_COMMAND, ALL_OTHERS_INIT);
    mmio_write(LOCAL_APIC + LOCAL_APIC_COMMAND, ALL_OTHERS_SIPI | TRAMPOLINE >> 12);
}

int main(void)
{
    uint64_t seed = parameter(0);
    uint64_t count = parameter(1);
    state = seed * 2 + 1;
    near_devices = seed & 1;
    start_other_processors();
    do
        actions[below(ELEMENTS(actions))]();
    while (--count);
    return 0;
}
