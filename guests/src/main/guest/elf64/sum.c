/*
 * Adds up 64-bit numbers, modulo 2^64: reads a block that the host wrote, writes one that the host
 * reads, and so tells whether both see the same memory.
 *
 * Parameters: how many numbers, the address of the first, the address for the sum.
 */
#include "guest.h"

int main(void)
{
    uint64_t count = parameter(0);
    const uint64_t *numbers = (const uint64_t *)parameter(1);
    uint64_t *result = (uint64_t *)parameter(2);

    uint64_t sum = 0;
    for (uint64_t i = 0; i < count; i++) {
        sum += numbers[i];
    }
    *result = sum;
    return 0;
}
