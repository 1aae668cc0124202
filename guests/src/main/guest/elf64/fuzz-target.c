/*
 * A parser to fuzz, with one fault of each kind that a fuzzer finds: one input crashes it, one makes it
 * hang, one makes it end with an exit code. It also looks whether its memory is as it was before the
 * first input.
 */
#include "fuzz.h"

#define EXIT_FAULTY 7
#define EXIT_NOT_RESET 8

static char input[4096];
static uint64_t length;
static unsigned inputs;

static int begins_with(const char *word)
{
    for (uint64_t i = 0; word[i]; i++)
        if (i >= length || input[i] != word[i])
            return 0;
    return 1;
}

static void print(const char *text)
{
    while (*text)
        port_write(COM1, *text++);
}

static int is_reset(void)
{
    if (++inputs != 1)
        return 0;
    for (uint64_t i = length; i < sizeof input; i++)
        if (input[i])
            return 0;
    return 1;
}

int main(void)
{
    length = fuzz_input(input, sizeof input);
    if (!is_reset())
        return EXIT_NOT_RESET;
    if (begins_with("BUG!"))
        asm volatile("ud2"); /* without an interrupt descriptor table */
    if (begins_with("HANG"))
        while (1)
            ;
    if (begins_with("CODE")) {
        print("a fault that the parser knows of\n");
        return EXIT_FAULTY;
    }
    return 0;
}
