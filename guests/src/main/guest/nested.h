/*
 * What the guests that are hypervisors share, whatever the extension that they use: the program that
 * the guests of theirs run, the memory that these see, and how all ends.
 */
#ifndef NESTED_H
#define NESTED_H

#include "report.h"

#include <stdbool.h>

/* Exit codes besides 0; `kvm4j run` knows the last two. */
enum {
    INSTRUCTION_FAILED = 1, /* an instruction of the extension, or the entry into a nested guest */
    UNEXPECTED = 2,         /* something else was not as the manual has it */
    NO_EXTENSION = 3,       /* CPUID does not offer the extension */
    SWITCHED_OFF = 4,       /* it is there, and firmware has locked it */
};

#define CR0_TS 0x08

static inline __attribute__((noreturn)) void end(uint8_t code)
{
    for (;;) {
        port_write(DEBUG_EXIT, code);
        asm volatile("hlt");
    }
}

/* Prints the rest of a line, and ends. */
static inline __attribute__((noreturn)) void end_with(const char *text, uint8_t code)
{
    put_text(text);
    put_line();
    end(code);
}

/* The general registers of a nested guest that its program uses; the others are nobody's. */
struct registers {
    uint64_t rax, rbx, rcx, rdx, rsi;
};

static inline void cpuid(uint32_t leaf, struct registers *answer)
{
    uint32_t eax = leaf, ebx, ecx = 0, edx;
    asm volatile("cpuid" : "+a"(eax), "=b"(ebx), "+c"(ecx), "=d"(edx));
    answer->rax = eax;
    answer->rbx = ebx;
    answer->rcx = ecx;
    answer->rdx = edx;
}

static inline uint64_t read_msr(uint32_t msr)
{
    uint32_t low, high;
    asm volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr) : "memory");
    return (uint64_t)high << 32 | low;
}

static inline void write_msr(uint32_t msr, uint64_t value)
{
    asm volatile("wrmsr" : : "c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32)) : "memory");
}

#define CONTROL_REGISTER(name)                                       \
    static inline uint64_t read_##name(void)                         \
    {                                                                \
        uint64_t value;                                              \
        asm volatile("mov %%" #name ", %0" : "=r"(value));           \
        return value;                                                \
    }                                                                \
    static inline void write_##name(uint64_t value)                  \
    {                                                                \
        asm volatile("mov %0, %%" #name : : "r"(value) : "memory");  \
    }

CONTROL_REGISTER(cr0)
CONTROL_REGISTER(cr3)
CONTROL_REGISTER(cr4)

struct __attribute__((packed)) table_register {
    uint16_t limit;
    uint64_t base;
};

static inline struct table_register read_gdtr(void)
{
    struct table_register gdtr;
    asm volatile("sgdt %0" : "=m"(gdtr));
    return gdtr;
}

/*
 * The program, in 64-bit mode at privilege level 0: it counts in RSI, writes the count to its page,
 * and then executes an instruction of each kind that its hypervisor wants to know about, for ever.
 */
#define NESTED_PAGE 0x90000
#define NESTED_PORT 0x80
#define NESTED_MSR 0x10 /* the time-stamp counter */

extern const uint8_t nested_program[];

#define TEXT_OF(value) #value
#define TEXT(macro) TEXT_OF(macro)

#define NESTED_PROGRAM(hypercall) \
    asm("nested_program:\n" \
        "1:	inc	%rsi\n" \
        "	mov	%rsi, " TEXT(NESTED_PAGE) "\n" \
        "	xor	%eax, %eax\n" \
        "	cpuid\n" \
        "	mov	%esi, %eax\n" \
        "	out	%al, $" TEXT(NESTED_PORT) "\n" \
        "	hlt\n" \
        "	" hypercall "\n" \
        "	mov	$" TEXT(NESTED_MSR) ", %ecx\n" \
        "	rdmsr\n" \
        "	mov	%cr0, %rax\n" \
        "	xor	$" TEXT(CR0_TS) ", %eax\n" \
        "	mov	%rax, %cr0\n" \
        "	jmp	1b\n")

/*
 * The physical memory of a nested guest: the first 2 MiB are the hypervisor's own, which has the
 * program and its page tables there, other than the page that the guest writes to. That is nowhere
 * at first; each guest gets its own.
 *
 * The tables are those of EPT (Intel SDM volume 3, section 29.3.2) and of nested paging (AMD APM
 * volume 2, section 15.25) alike: bits 2:0 are read, write and execute there, present, writable and
 * user here.
 */
#define PAGE_SIZE 4096
#define PAGE_ENTRIES 512
#define ALL_ACCESS 0x7

struct __attribute__((aligned(PAGE_SIZE))) nested_memory {
    uint64_t pml4[PAGE_ENTRIES];
    uint64_t pdpt[PAGE_ENTRIES];
    uint64_t directory[PAGE_ENTRIES];
    uint64_t table[PAGE_ENTRIES];
    uint64_t pages[2][PAGE_ENTRIES]; /* what the guest's page is, at first and later */
};

static inline void lay_out(struct nested_memory *memory, uint64_t leaf_bits)
{
    memory->pml4[0] = (uint64_t)memory->pdpt | ALL_ACCESS;
    memory->pdpt[0] = (uint64_t)memory->directory | ALL_ACCESS;
    memory->directory[0] = (uint64_t)memory->table | ALL_ACCESS;
    for (uint64_t i = 0; i < PAGE_ENTRIES; i++)
        memory->table[i] = i * PAGE_SIZE | ALL_ACCESS | leaf_bits;
    memory->table[NESTED_PAGE / PAGE_SIZE] = 0;
}

/* Makes one of the two pages the guest's page. */
static inline void map_page(struct nested_memory *memory, int page, uint64_t leaf_bits)
{
    memory->table[NESTED_PAGE / PAGE_SIZE] = (uint64_t)memory->pages[page] | ALL_ACCESS | leaf_bits;
}

/* Prints what a guest wrote to its page, and ends if it is anything else than it should be. */
static inline void require_page(char who, struct nested_memory *memory, int page, uint64_t count)
{
    put_step("memory", who);
    put_text(page ? "the page that it has now holds " : "the page that it had first holds ");
    put_hex(memory->pages[page][0]);
    if (memory->pages[page][0] != count)
        end_with(", which is wrong", UNEXPECTED);
    put_line();
}

#endif
