/* Greets, tests itself, and tells with its exit code whether all was well. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define COM1 0x3f8
#define COM1_LINE_STATUS (COM1 + 5)
#define DATA_READY 0x01
#define TRANSMITTER_EMPTY 0x20

#define BOOT_LOADER_MAGIC 0x2badb002
#define HAS_MEMORY_SIZE 0x1
#define HAS_COMMAND_LINE 0x4

struct multiboot_info {
    uint32_t flags;
    uint32_t mem_lower;
    uint32_t mem_upper; /* KiB from 1 MiB on */
    uint32_t boot_device;
    uint32_t command_line;
};

/* The host's tests find these by name in the ELF file's symbols, and read 64 bits. */
uint64_t passed;
uint64_t failed;

static void outb(uint16_t port, uint8_t value)
{
    asm volatile("out %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

static uint8_t inb(uint16_t port)
{
    uint8_t value;
    asm volatile("in %1, %0" : "=a"(value) : "Nd"(port) : "memory");
    return value;
}

static void await(uint8_t line_status)
{
    while (!(inb(COM1_LINE_STATUS) & line_status)) {
    }
}

static void print(const char *text)
{
    for (; *text != '\0'; text++) {
        await(TRANSMITTER_EMPTY);
        outb(COM1, *text);
    }
}

static void read_line(char *line, size_t size)
{
    size_t length = 0;
    for (;;) {
        await(DATA_READY);
        char typed = inb(COM1);
        if (typed == '\r' || typed == '\n') {
            break;
        }
        if (length + 1 < size) {
            line[length++] = typed;
            print((char[]){typed, '\0'}); /* a terminal leaves the echo to us */
        }
    }
    line[length] = '\0';
    print("\n");
}

/* What follows `key` in a command line, to its end; NULL if it is not there. */
static const char *option(const char *command_line, const char *key)
{
    for (; *command_line != '\0'; command_line++) {
        size_t i = 0;
        while (key[i] != '\0' && command_line[i] == key[i]) {
            i++;
        }
        if (key[i] == '\0') {
            return command_line + i;
        }
    }
    return NULL;
}

static void check(const char *name, bool holds)
{
    print(holds ? "PASS: " : "FAIL: ");
    print(name);
    print("\n");
    *(holds ? &passed : &failed) += 1;
}

static bool keeps(volatile uint32_t *word, uint32_t value)
{
    uint32_t before = *word;
    *word = value;
    bool kept = *word == value;
    *word = before;
    return kept;
}

static void test_memory(const struct multiboot_info *info)
{
    check("the boot loader tells the memory's size", info->flags & HAS_MEMORY_SIZE);
    uint32_t end = (1024 + info->mem_upper) * 1024;
    check("the last word of memory keeps what is written", keeps((uint32_t *)(end - 4), 0xcafef00d));
}

int kernel_main(uint32_t magic, const struct multiboot_info *info)
{
    const char *command_line =
        info->flags & HAS_COMMAND_LINE ? (const char *)info->command_line : "";
    const char *name = option(command_line, " name=");
    char typed[64];
    if (option(command_line, " ask")) {
        print("Who is there? ");
        read_line(typed, sizeof typed);
        name = typed;
    }
    print("Hello, ");
    print(name ? name : "world");
    print("!\n");

    check("a multiboot loader has loaded the kernel", magic == BOOT_LOADER_MAGIC);
    test_memory(info);
    return failed == 0 ? 0 : 1;
}
