/*
 * Suspends the machine to memory (ACPI's S3) a number of times, each until the real-time clock's
 * alarm of the next second, and goes on in real mode where it said that it would.
 *
 * Parameters: how many times. Exit code 0; 1 if there are no tables or no S3 in them, 2 if the
 * processor went on behind the write that suspends, 3 if the status does not say why it woke, 4 if
 * memory changed.
 */
#include "report.h"

#define TABLES_START 0xe0000
#define TABLES_END 0x100000
#define TABLE_LENGTH 4
#define TABLE_HEADER 36
#define ROOT_RSDT 16
#define FADT_FACS 36
#define FADT_DSDT 40
#define FADT_EVENTS 56
#define FADT_CONTROL 64
#define FACS_VECTOR 12
#define AML_PACKAGE 0x12
#define AML_ZERO 0x00
#define AML_ONE 0x01
#define AML_BYTE 0x0a

#define PM_CLOCK (1 << 10)
#define PM_WAKE (1 << 15)
#define PM_SLEEP (1 << 13)
#define PM_TYPE_SHIFT 10

#define INDEX 0x70
#define DATA 0x71
#define ALARM_SECONDS 0x01
#define ALARM_MINUTES 0x03
#define ALARM_HOURS 0x05
#define ANY_TIME 0xff
#define REGISTER_B 0x0b
#define REGISTER_C 0x0c
#define ALARM 0x20
#define HOURS_24 0x02

/* Where the waking processor starts: a page below 1 MiB that nothing else uses. */
#define WAKING_PAGE 0x9000
#define MARK 0x0123456789abcdef

extern const uint8_t waking_start[], waking_end[];

static volatile uint64_t mark;

static uint32_t read32(uint64_t address)
{
    return *(volatile uint32_t *)address;
}

static uint16_t port_read16(uint16_t port)
{
    uint16_t value;
    asm volatile("in %1, %0" : "=a"(value) : "Nd"(port) : "memory");
    return value;
}

static void port_write16(uint16_t port, uint16_t value)
{
    asm volatile("out %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

static uint32_t name(const char *text)
{
    return *(const uint32_t *)text;
}

static uint64_t find_root(void)
{
    for (uint64_t at = TABLES_START; at < TABLES_END; at += 16)
        if (read32(at) == name("RSD ") && read32(at + 4) == name("PTR "))
            return at;
    return 0;
}

static uint64_t find_table(uint64_t root, uint32_t wanted)
{
    uint64_t rsdt = read32(root + ROOT_RSDT);
    for (uint64_t at = rsdt + TABLE_HEADER; at < rsdt + read32(rsdt + TABLE_LENGTH); at += 4)
        if (read32(read32(at)) == wanted)
            return read32(at);
    return 0;
}

/* The first number in the package that is \_S3, which a name in one piece stands before. */
static int sleep_type(uint64_t dsdt)
{
    for (uint64_t at = dsdt + TABLE_HEADER; at < dsdt + read32(dsdt + TABLE_LENGTH); at++) {
        const volatile uint8_t *code = (const volatile uint8_t *)(at + 4);
        if (read32(at) != name("_S3_") || code[0] != AML_PACKAGE)
            continue;
        switch (code[3]) { /* behind a length of one byte, and the number of elements */
        case AML_ZERO:
        case AML_ONE:
            return code[3];
        case AML_BYTE:
            return code[4];
        }
    }
    return -1;
}

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

/* Returns when the processor has been through real mode, where `waking` sends it back from. */
void suspend(uint16_t control, uint16_t value);

int main(void)
{
    uint64_t root = find_root();
    uint64_t fadt = root ? find_table(root, name("FACP")) : 0;
    int type = fadt ? sleep_type(read32(fadt + FADT_DSDT)) : -1;
    if (type < 0)
        return 1;
    uint16_t status = read32(fadt + FADT_EVENTS);
    uint16_t control = read32(fadt + FADT_CONTROL);
    for (int i = 0; waking_start + i < waking_end; i++)
        ((volatile uint8_t *)WAKING_PAGE)[i] = waking_start[i];
    clock_write(ALARM_SECONDS, ANY_TIME);
    clock_write(ALARM_MINUTES, ANY_TIME);
    clock_write(ALARM_HOURS, ANY_TIME);
    mark = MARK;
    for (uint64_t i = 0; i < parameter(0); i++) {
        *(volatile uint32_t *)(uint64_t)(read32(fadt + FADT_FACS) + FACS_VECTOR) = WAKING_PAGE;
        port_write16(status, PM_CLOCK | PM_WAKE);
        port_write16(status + 2, PM_CLOCK);
        clock_write(REGISTER_B, HOURS_24 | ALARM);
        clock_read(REGISTER_C); /* last: an alarm that nobody has seen is followed by no other */
        put_text("asleep");
        put_line();
        suspend(control, PM_SLEEP | type << PM_TYPE_SHIFT);
        if ((port_read16(status) & (PM_CLOCK | PM_WAKE)) != (PM_CLOCK | PM_WAKE))
            return 3;
        if (mark != MARK)
            return 4;
        put_text("awake");
        put_line();
    }
    return 0;
}

/*
 * The way back into long mode: the page tables of the entry are still there, and their address and the
 * stack pointer in memory where real mode reaches.
 */
asm(
    ".set saved_cr3, 0x9f00\n"
    ".set saved_rsp, 0x9f08\n"
    "suspend:\n"
    "    push %rbx\n"
    "    push %rbp\n"
    "    push %r12\n"
    "    push %r13\n"
    "    push %r14\n"
    "    push %r15\n"
    "    mov %cr3, %rax\n"
    "    mov %rax, saved_cr3\n"
    "    mov %rsp, saved_rsp\n"
    "    mov %esi, %eax\n"
    "    mov %edi, %edx\n"
    "    out %ax, %dx\n"
    "    mov $2, %al\n"
    "    out %al, $0xf4\n"
    "awake:\n"
    "    mov saved_rsp, %rsp\n"
    "    pop %r15\n"
    "    pop %r14\n"
    "    pop %r13\n"
    "    pop %r12\n"
    "    pop %rbp\n"
    "    pop %rbx\n"
    "    ret\n"
    "    .section .rodata\n"
    "    .code16\n"
    "    .global waking_start, waking_end\n"
    "waking_start:\n"
    "    cli\n"
    "    cld\n"
    "    xor %ax, %ax\n"
    "    mov %ax, %ds\n"
    "    mov %ax, %ss\n"
    "    lgdtl waking_gdt - waking_start + 0x9000\n"
    "    mov %cr4, %eax\n"
    "    or $0x20, %eax\n" /* CR4.PAE */
    "    mov %eax, %cr4\n"
    "    mov saved_cr3, %eax\n"
    "    mov %eax, %cr3\n"
    "    mov $0xc0000080, %ecx\n" /* IA32_EFER.LME */
    "    mov $0x100, %eax\n"
    "    xor %edx, %edx\n"
    "    wrmsr\n"
    "    mov %cr0, %eax\n"
    "    or $0x80000001, %eax\n" /* CR0.PG, PE */
    "    mov %eax, %cr0\n"
    "    ljmpl $0x08, $waking_long - waking_start + 0x9000\n"
    "    .code64\n"
    "waking_long:\n"
    "    mov $0x10, %eax\n"
    "    mov %eax, %ds\n"
    "    mov %eax, %es\n"
    "    mov %eax, %ss\n"
    "    mov $awake, %rax\n"
    "    jmp *%rax\n"
    "    .balign 8\n"
    "waking_descriptors:\n"
    "    .quad 0\n"
    "    .quad 0x00209b0000000000\n" /* code, long mode */
    "    .quad 0x00cf93000000ffff\n" /* data */
    "waking_gdt:\n"
    "    .word waking_gdt - waking_descriptors - 1\n"
    "    .long waking_descriptors - waking_start + 0x9000\n"
    "waking_end:\n"
    "    .text\n");
