/*
 * What a guest may rely on, for assembler and C alike: where the machine's few devices are and
 * where the host leaves the guest's parameters.
 *
 * At entry, interrupts are off and the direction flag is clear. Besides, by image format:
 *
 *   flat/   real mode, image at 0x1000, IP = 0x1000, SP = 0x1000, all segments 0
 *   elf64/  long mode at CPL 0, image at 0x100000, the first 4 GiB mapped one to one, RSP = 0x80000
 */
#ifndef GUEST_H
#define GUEST_H

/* COM1, the console: a 16550A. Its registers are ports counted from the first. */
#define COM1 0x3f8
#define COM1_LINE_STATUS (COM1 + 5)
#define COM1_SCRATCH (COM1 + 7) /* keeps the last byte written and does nothing else */

#define LINE_STATUS_DATA_READY 0x01
#define LINE_STATUS_TRANSMITTER_EMPTY 0x20

/* Debug-exit: a write ends the machine; the byte written is the guest's exit code. */
#define DEBUG_EXIT 0xf4

/* A guest-physical address in the hole below 4 GiB: no memory there, so an access is MMIO. */
#define MMIO_ADDRESS 0xfe000000

/* Parameters: 64-bit little-endian words that the host writes before the guest starts. */
#define PARAMETER_BLOCK 0x8000

#ifdef __ASSEMBLER__

/* The address of parameter `index`, as an operand. */
#define PARAMETER(index) (PARAMETER_BLOCK + 8 * (index))

/* Ends the machine; halts for good should it have no debug-exit. */
.macro exit code:req
	mov	$\code, %al
	out	%al, $DEBUG_EXIT
.Lhalted\@:
	hlt
	jmp	.Lhalted\@
.endm

#else

#include <stdint.h>

static inline uint64_t parameter(int index)
{
    return ((volatile uint64_t *)PARAMETER_BLOCK)[index];
}

static inline void port_write(uint16_t port, uint8_t value)
{
    asm volatile("out %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

static inline uint8_t port_read(uint16_t port)
{
    uint8_t value;
    asm volatile("in %1, %0" : "=a"(value) : "Nd"(port) : "memory");
    return value;
}

#endif
#endif
