/*
 * A report on the console, for guests in C: lines of columns, each a step, what came of it and how many
 * cycles it took.
 */
#ifndef REPORT_H
#define REPORT_H

#include "guest.h"

#define LINE_LENGTH 80
#define WHO_COLUMN 10
#define RESULT_COLUMN 13
#define CYCLES_COLUMN 70
#define CYCLES_WIDTH 9

static char report_line[LINE_LENGTH];
static unsigned report_length;

static inline void put(char character)
{
    if (report_length < LINE_LENGTH)
        report_line[report_length++] = character;
}

static inline void put_text(const char *text)
{
    while (*text)
        put(*text++);
}

static inline void put_blanks(unsigned column)
{
    while (report_length < column)
        put(' ');
}

static inline void put_hex(uint64_t number)
{
    int digit = 60;
    while (digit > 0 && !(number >> digit))
        digit -= 4;
    put_text("0x");
    for (; digit >= 0; digit -= 4)
        put("0123456789abcdef"[number >> digit & 0xf]);
}

/* Right-aligned where it has fewer digits than the width. */
static inline void put_decimal(uint64_t number, int width)
{
    char digits[20];
    int count = 0;
    do
        digits[count++] = '0' + number % 10;
    while (number /= 10);
    for (; width > count; width--)
        put(' ');
    while (count > 0)
        put(digits[--count]);
}

static inline void put_line(void)
{
    const char *from = report_line;
    uint64_t count;
    if (report_length == LINE_LENGTH)
        report_length--;
    put('\n');
    count = report_length;
    asm volatile("rep outsb" : "+S"(from), "+c"(count) : "d"(COM1) : "memory");
    report_length = 0;
}

/* Begins a line: a step, and with which of several things it has to do, a letter or a blank. */
static inline void put_step(const char *step, char who)
{
    put_text(step);
    put_blanks(WHO_COLUMN);
    put(who);
    put_blanks(RESULT_COLUMN);
}

/* Ends a line. */
static inline void put_cycles(uint64_t cycles)
{
    put_blanks(CYCLES_COLUMN - CYCLES_WIDTH);
    put_decimal(cycles, CYCLES_WIDTH);
    put_text(" cycles");
    put_line();
}

/* The time-stamp counter, once all before it is done: RDTSC alone may be early. */
static inline uint64_t cycle_count(void)
{
    uint32_t low, high;
    asm volatile("lfence; rdtsc" : "=a"(low), "=d"(high) : : "memory");
    return (uint64_t)high << 32 | low;
}

#endif
