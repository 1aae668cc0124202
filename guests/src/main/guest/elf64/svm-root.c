/*
 * A hypervisor of its own: switches SVM on, runs two guests in turn, each with a VMCB, and switches
 * SVM off again. On the console is a line for each step, with the exit code that it read and the
 * cycles that it took.
 *
 * The sections named are those of the AMD APM, volume 2; the fields of a VMCB are in appendix B, the
 * exit codes in appendix C.
 *
 * Parameter: a mistake to make, see below; 0 for none.
 */
#include "nested.h"

enum mistake {
    NO_MISTAKE,
    NO_ADDRESS_SPACE, /* a guest with ASID 0, which is the host's: VMRUN refuses */
};

/* 15.4: whether SVM is there, whether firmware allows it, and how to switch it on. */
#define CPUID_EXTENDED 0x80000000
#define CPUID_EXTENDED_FEATURES 0x80000001
#define FEATURES_ECX_SVM (1 << 2)
#define CPUID_SVM 0x8000000a
#define SVM_EDX_NESTED_PAGING (1 << 0)
#define VM_CR 0xc0010114
#define VM_CR_SVMDIS (1 << 4)
#define EFER 0xc0000080
#define EFER_SVME (1 << 12)
#define VM_HSAVE_PA 0xc0010117
#define PAT 0x277

/* Appendix B: what is intercepted. */
#define INTERCEPT_CR0_WRITE (1u << 16)
#define INTERCEPT_CPUID (1u << 18)
#define INTERCEPT_HLT (1u << 24)
#define INTERCEPT_IOIO (1u << 27)
#define INTERCEPT_MSR (1u << 28)
#define INTERCEPT_SHUTDOWN (1u << 31)
#define INTERCEPT_VMRUN (1u << 0) /* without it, VMRUN refuses */
#define INTERCEPT_VMMCALL (1u << 1)
#define NESTED_PAGING 1
#define FLUSH_ALL 1

struct __attribute__((packed, aligned(PAGE_SIZE))) vmcb {
    uint32_t control_register_intercepts; /* 0x000 */
    uint32_t debug_register_intercepts;
    uint32_t exception_intercepts;
    uint32_t intercepts;
    uint32_t svm_intercepts;
    uint8_t reserved_014[0x2c];
    uint64_t port_map; /* 0x040 */
    uint64_t msr_map;
    uint64_t tsc_offset;
    uint32_t asid;
    uint32_t tlb_control;
    uint64_t virtual_interrupt;
    uint64_t interrupt_shadow;
    uint64_t exit_code; /* 0x070 */
    uint64_t exit_info_1;
    uint64_t exit_info_2;
    uint64_t exit_interrupt_info;
    uint64_t nested_paging;
    uint8_t reserved_098[0x10];
    uint64_t event_injection;
    uint64_t nested_cr3; /* 0x0b0 */
    uint8_t reserved_0b8[0x400 - 0xb8];
    struct __attribute__((packed)) {
        uint16_t selector, attributes;
        uint32_t limit;
        uint64_t base;
    } es, cs, ss, ds, fs, gs, gdtr, ldtr, idtr, tr; /* 0x400 */
    uint8_t reserved_4a0[0x2b];
    uint8_t privilege_level;
    uint8_t reserved_4cc[0x4];
    uint64_t efer; /* 0x4d0 */
    uint8_t reserved_4d8[0x70];
    uint64_t cr4, cr3, cr0, dr7, dr6, rflags, rip; /* 0x548 */
    uint8_t reserved_580[0x58];
    uint64_t rsp; /* 0x5d8 */
    uint8_t reserved_5e0[0x18];
    uint64_t rax; /* 0x5f8 */
    uint8_t reserved_600[0x68];
    uint64_t pat; /* 0x668 */
    uint8_t reserved_670[PAGE_SIZE - 0x670];
};

_Static_assert(sizeof(struct vmcb) == PAGE_SIZE, "a VMCB is a page");
_Static_assert(__builtin_offsetof(struct vmcb, exit_code) == 0x70, "appendix B, table B-1");
_Static_assert(__builtin_offsetof(struct vmcb, nested_cr3) == 0xb0, "appendix B, table B-1");
_Static_assert(__builtin_offsetof(struct vmcb, efer) == 0x4d0, "appendix B, table B-2");
_Static_assert(__builtin_offsetof(struct vmcb, rip) == 0x578, "appendix B, table B-2");
_Static_assert(__builtin_offsetof(struct vmcb, rsp) == 0x5d8, "appendix B, table B-2");
_Static_assert(__builtin_offsetof(struct vmcb, rax) == 0x5f8, "appendix B, table B-2");
_Static_assert(__builtin_offsetof(struct vmcb, pat) == 0x668, "appendix B, table B-2");

/* Attributes as in 15.5.1: present, and code or data. */
#define CODE_64 0x29b
#define DATA 0xc93

#define FLAGS_CLEAR 0x2 /* bit 1 is always set */
#define DR6_CLEAR 0xffff0ff0
#define DR7_CLEAR 0x400

/* Appendix C. */
enum code {
    VMEXIT_CR0_WRITE = 0x10,
    VMEXIT_CPUID = 0x72,
    VMEXIT_HLT = 0x78,
    VMEXIT_IOIO = 0x7b,
    VMEXIT_MSR = 0x7c,
    VMEXIT_VMMCALL = 0x81,
    VMEXIT_NPF = 0x400,
};
#define VMEXIT_INVALID (~0ull)

/*
 * The exits that the program makes, in their order, and how long the instructions are: the processor
 * tells the next RIP only where CPUID 8000_000A has NRIPS.
 */
static const struct {
    enum code code;
    const char *name;
    int length;
} expected[] = {
    {VMEXIT_NPF, "NPF", 0}, /* executed again */
    {VMEXIT_CPUID, "CPUID", 2},
    {VMEXIT_IOIO, "IOIO", 2},
    {VMEXIT_HLT, "HLT", 1},
    {VMEXIT_VMMCALL, "VMMCALL", 3},
    {VMEXIT_MSR, "MSR", 2},
    {VMEXIT_CR0_WRITE, "CR0_WRITE", 3},
};
#define EXPECTED (sizeof expected / sizeof expected[0])

NESTED_PROGRAM("vmmcall");

struct guest {
    char name;
    unsigned exits; /* so far: the next is to be expected[exits % EXPECTED] */
    struct registers registers;
    struct vmcb vmcb;
    struct nested_memory memory;
};

static struct guest a, b;
static struct vmcb host; /* what VMSAVE saves of ours */
static uint8_t host_save_area[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));

/* 15.10 and 15.11: a bit for each port, two for each MSR in three ranges; set, an access exits. */
static uint8_t port_map[3 * PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
static uint8_t msr_map[2 * PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));

static bool nested_paging;

/* ---- The instructions: 15.5, and volume 3 ---- */

static void vmload(struct vmcb *vmcb)
{
    asm volatile("vmload %0" : : "a"(vmcb) : "memory");
}

static void vmsave(struct vmcb *vmcb)
{
    asm volatile("vmsave %0" : : "a"(vmcb) : "memory");
}

static void clgi(void)
{
    asm volatile("clgi" : : : "memory");
}

static void stgi(void)
{
    asm volatile("stgi" : : : "memory");
}

static void invlpga(uint64_t address, uint32_t asid)
{
    asm volatile("invlpga %0, %1" : : "a"(address), "c"(asid) : "memory");
}

/* Runs a guest until its next exit. RAX is the processor's to switch, the other general registers
 * are not. */
static void vmrun(struct guest *guest)
{
    struct registers *registers = &guest->registers;
    guest->vmcb.rax = registers->rax;
    asm volatile("vmrun %4"
                 : "+b"(registers->rbx), "+c"(registers->rcx), "+d"(registers->rdx),
                   "+S"(registers->rsi)
                 : "a"(&guest->vmcb)
                 : "memory", "cc");
    registers->rax = guest->vmcb.rax;
}

/* How many cycles a statement takes. */
#define CYCLES_OF(statement)            \
    ({                                  \
        uint64_t start = cycle_count(); \
        statement;                      \
        cycle_count() - start;          \
    })

static void step(const char *name, char who, uint64_t cycles)
{
    put_step(name, who);
    put_text("ok");
    put_cycles(cycles);
}

/* ---- SVM on and off: 15.4 ---- */

static void require_svm(void)
{
    struct registers answer;
    put_step("CPUID", ' ');
    cpuid(CPUID_EXTENDED, &answer);
    if (answer.rax >= CPUID_SVM)
        cpuid(CPUID_EXTENDED_FEATURES, &answer);
    else
        answer.rcx = 0;
    if (!(answer.rcx & FEATURES_ECX_SVM))
        end_with("no SVM: bit 2 of CPUID.8000_0001:ECX is clear", NO_EXTENSION);
    cpuid(CPUID_SVM, &answer);
    nested_paging = answer.rdx & SVM_EDX_NESTED_PAGING;
    put_text("SVM revision ");
    put_decimal(answer.rax & 0xff, 1);
    put_text(", ");
    put_decimal(answer.rbx, 1);
    put_text(nested_paging ? " ASIDs, nested paging" : " ASIDs, no nested paging");
    put_line();
}

static void switch_on(void)
{
    put_step("RDMSR", ' ');
    put_text("VM_CR is ");
    put_hex(read_msr(VM_CR));
    if (read_msr(VM_CR) & VM_CR_SVMDIS)
        end_with(": SVM is disabled", SWITCHED_OFF);
    put_line();
    write_msr(EFER, read_msr(EFER) | EFER_SVME);
    write_msr(VM_HSAVE_PA, (uint64_t)host_save_area);
    put_step("EFER", ' ');
    put_text("SVME is set, VM_HSAVE_PA is ");
    put_hex(read_msr(VM_HSAVE_PA));
    put_line();
}

static void switch_off(void)
{
    write_msr(VM_HSAVE_PA, 0);
    write_msr(EFER, read_msr(EFER) & ~(uint64_t)EFER_SVME);
    put_step("EFER", ' ');
    put_text("SVME is clear");
    put_line();
}

/* ---- Two guests: 15.5 ---- */

/* The guest's registers are its hypervisor's own, other than where it is. VMSAVE takes the rest. */
static void fill(struct vmcb *vmcb, uint32_t asid)
{
    vmcb->control_register_intercepts = INTERCEPT_CR0_WRITE;
    vmcb->intercepts = INTERCEPT_CPUID | INTERCEPT_HLT | INTERCEPT_IOIO | INTERCEPT_MSR | INTERCEPT_SHUTDOWN;
    vmcb->svm_intercepts = INTERCEPT_VMRUN | INTERCEPT_VMMCALL;
    vmcb->port_map = (uint64_t)port_map;
    vmcb->msr_map = (uint64_t)msr_map;
    vmcb->asid = asid;
    asm("mov %%cs, %0" : "=r"(vmcb->cs.selector));
    asm("mov %%ss, %0" : "=r"(vmcb->ss.selector));
    vmcb->cs.attributes = CODE_64;
    vmcb->ss.attributes = DATA;
    vmcb->cs.limit = vmcb->ss.limit = 0xffffffff;
    vmcb->ds = vmcb->es = vmcb->ss;
    vmcb->gdtr.base = read_gdtr().base;
    vmcb->gdtr.limit = read_gdtr().limit;
    vmcb->efer = read_msr(EFER);
    vmcb->cr0 = read_cr0();
    vmcb->cr3 = read_cr3();
    vmcb->cr4 = read_cr4();
    vmcb->dr6 = DR6_CLEAR;
    vmcb->dr7 = DR7_CLEAR;
    vmcb->pat = read_msr(PAT);
    vmcb->rflags = FLAGS_CLEAR;
    vmcb->rip = (uint64_t)nested_program;
}

static void prepare(struct guest *guest, char name, uint32_t asid, uint64_t count)
{
    guest->name = name;
    guest->registers.rsi = count;
    lay_out(&guest->memory, 0);
    fill(&guest->vmcb, asid);
    if (nested_paging) {
        guest->vmcb.nested_paging = NESTED_PAGING;
        guest->vmcb.nested_cr3 = (uint64_t)guest->memory.pml4;
    }
    step("VMSAVE", name, CYCLES_OF(vmsave(&guest->vmcb)));
}

/* ---- Exits: 15.6 ---- */

/* Does what the guest asked for, and tells what that was. */
static void handle(struct guest *guest, enum code code)
{
    struct registers *registers = &guest->registers;
    struct vmcb *vmcb = &guest->vmcb;
    uint64_t value;
    switch (code) {
    case VMEXIT_NPF:
        put_text(vmcb->exit_info_1 & 0x2 ? ": write to " : ": access to ");
        put_hex(vmcb->exit_info_2);
        map_page(&guest->memory, 0, 0);
        break;
    case VMEXIT_CPUID:
        cpuid(registers->rax, registers);
        break;
    case VMEXIT_IOIO:
        put_text(vmcb->exit_info_1 & 0x1 ? ": IN " : ": OUT ");
        put_hex(vmcb->exit_info_1 >> 16 & 0xffff);
        put_text(", ");
        put_hex(registers->rax & 0xff);
        break;
    case VMEXIT_MSR:
        put_text(vmcb->exit_info_1 ? ": write of " : ": read of ");
        put_hex(registers->rcx & 0xffffffff);
        value = read_msr(registers->rcx);
        registers->rax = (uint32_t)value;
        registers->rdx = value >> 32;
        break;
    case VMEXIT_CR0_WRITE:
        put_text(": ");
        put_hex(registers->rax);
        vmcb->cr0 = registers->rax;
        break;
    case VMEXIT_HLT:
    case VMEXIT_VMMCALL:
        break;
    }
}

/* A guest, to its next exit; no interrupt comes between (15.17). */
static void enter(struct guest *guest)
{
    vmsave(&host);
    clgi();
    vmload(&guest->vmcb);
    uint64_t cycles = CYCLES_OF(vmrun(guest));
    vmsave(&guest->vmcb);
    vmload(&host);
    stgi();
    guest->vmcb.tlb_control = 0;

    uint64_t code = guest->vmcb.exit_code;
    put_step("VMRUN", guest->name);
    if (code == VMEXIT_INVALID)
        end_with("exit code -1 INVALID: the VMCB is refused", INSTRUCTION_FAILED);
    bool mapped = !nested_paging || guest->memory.table[NESTED_PAGE / PAGE_SIZE];
    if (mapped && expected[guest->exits % EXPECTED].code == VMEXIT_NPF)
        guest->exits++;
    put_text("exit code ");
    put_hex(code);
    if (code != expected[guest->exits % EXPECTED].code)
        end_with(", which its program does not make here", UNEXPECTED);
    put_text(" ");
    put_text(expected[guest->exits % EXPECTED].name);
    handle(guest, code);
    guest->vmcb.rip += expected[guest->exits++ % EXPECTED].length;
    put_cycles(cycles);
}

/* Until it has made that many exits. */
static void run(struct guest *guest, int exits)
{
    while (exits-- > 0)
        enter(guest);
}

/* What each has written is where its own tables say, and A's later count in its later page. */
static void compare_memory(void)
{
    if (!nested_paging)
        return;
    require_page('A', &a.memory, 0, 0xa1);
    require_page('A', &a.memory, 1, 0xa2);
    require_page('B', &b.memory, 0, 0xb1);
}

int main(void)
{
    require_svm();
    switch_on();
    for (unsigned i = 0; i < sizeof port_map; i++)
        port_map[i] = 0xff;
    for (unsigned i = 0; i < sizeof msr_map; i++)
        msr_map[i] = 0xff;

    step("CLGI", ' ', CYCLES_OF(clgi()));
    step("STGI", ' ', CYCLES_OF(stgi()));
    step("VMSAVE", ' ', CYCLES_OF(vmsave(&host)));
    step("VMLOAD", ' ', CYCLES_OF(vmload(&host)));
    prepare(&a, 'A', parameter(0) == NO_ADDRESS_SPACE ? 0 : 1, 0xa0);
    prepare(&b, 'B', 2, 0xb0);

    run(&a, nested_paging ? 3 : 2);
    run(&b, nested_paging ? 5 : 4);
    run(&a, 4);
    run(&b, 2);

    /* Its next write goes elsewhere, once nobody remembers where it went before (15.16). */
    map_page(&a.memory, 1, 0);
    a.vmcb.tlb_control = FLUSH_ALL;
    step("INVLPGA", 'A', CYCLES_OF(invlpga(NESTED_PAGE, a.vmcb.asid)));
    run(&a, 2);
    compare_memory();

    switch_off();
    return 0;
}
