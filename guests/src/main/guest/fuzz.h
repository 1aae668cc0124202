/*
 * How a guest is fuzzed: it asks for its input once it has done all that comes before, and is run from
 * there again and again, each time with another input and with all else as it was.
 *
 * To ask, it writes the guest-physical address of a descriptor, 32 bits, to FUZZ_INPUT. When it goes on,
 * `length` bytes of input are in its buffer. Its exit code, written to DEBUG_EXIT as ever, is the end of
 * this input's run, and so is asking once more, which stands for exit code 0. Where nothing is at the
 * port, the length stays 0.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include "guest.h"

#define FUZZ_INPUT 0xf8

#ifndef __ASSEMBLER__

struct fuzz_input {
    uint64_t buffer;   /* guest-physical */
    uint64_t capacity; /* bytes; more of an input is cut off */
    uint64_t length;   /* bytes; the host's to write */
};

/* Asks for an input, and returns its length; for guests whose memory is mapped one to one, below 4 GiB. */
static inline uint64_t fuzz_input(void *buffer, uint64_t capacity)
{
    static struct fuzz_input input;
    input.buffer = (uintptr_t)buffer;
    input.capacity = capacity;
    input.length = 0;
    asm volatile("out %0, %1" : : "a"((uint32_t)(uintptr_t)&input), "N"(FUZZ_INPUT) : "memory");
    return input.length;
}

#endif
#endif
