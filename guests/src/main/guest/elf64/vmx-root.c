/*
 * A hypervisor of its own: enters VMX operation, runs two guests in turn, each with a VMCS, and
 * leaves VMX operation again. On the console is a line for each step, with the exit reason that it
 * read and the cycles that it took.
 *
 * The sections named are those of the Intel SDM, volume 3; the capability MSRs are in appendix A, the
 * fields of a VMCS in appendix B, the exit reasons in appendix C.
 *
 * Parameter: a mistake to make, see below; 0 for none.
 */
#include "nested.h"

enum mistake {
    NO_MISTAKE,
    READ_WITHOUT_VMCS,     /* VMREAD with no current VMCS: VMfailInvalid */
    RESUME_BEFORE_LAUNCH,  /* VMRESUME of a VMCS that is clear: VMfailValid */
    RESERVED_FLAGS,        /* guest state that no processor can be in: VM entry fails */
};

/* 24.6 and 24.7: whether VMX is there, whether firmware allows it, and how to switch it on. */
#define CPUID_FEATURES 1
#define FEATURES_ECX_VMX (1 << 5)
#define IA32_FEATURE_CONTROL 0x3a
#define FEATURE_CONTROL_LOCK (1 << 0)
#define FEATURE_CONTROL_VMX (1 << 2) /* outside SMX operation */
#define CR4_VMXE (1 << 13)

/* Appendix A. */
#define IA32_VMX_BASIC 0x480
#define BASIC_REVISION 0x7fffffff
#define BASIC_TRUE_CONTROLS (1ull << 55)
#define IA32_VMX_CR0_FIXED0 0x486
#define IA32_VMX_CR0_FIXED1 0x487
#define IA32_VMX_CR4_FIXED0 0x488
#define IA32_VMX_CR4_FIXED1 0x489
#define IA32_VMX_EPT_VPID_CAP 0x48c
#define CAP_EPT_WALK_4 (1ull << 6)
#define CAP_EPT_WRITE_BACK (1ull << 14)
#define CAP_INVEPT (1ull << 20)
#define CAP_INVEPT_SINGLE (1ull << 25)
#define CAP_INVVPID (1ull << 32)
#define CAP_INVVPID_SINGLE (1ull << 41)

/* Each of these has an MSR with what the processor allows, and with bit 55 of IA32_VMX_BASIC one more. */
#define PIN_CONTROLS_MSR 0x481
#define PRIMARY_CONTROLS_MSR 0x482
#define EXIT_CONTROLS_MSR 0x483
#define ENTRY_CONTROLS_MSR 0x484
#define SECONDARY_CONTROLS_MSR 0x48b
#define TRUE_CONTROLS 0xc /* the number of the one, less that of the other */

/* 25.6 to 25.8 */
#define HLT_EXITING (1u << 7)
#define UNCONDITIONAL_IO_EXITING (1u << 24)
#define SECONDARY_CONTROLS (1u << 31)
#define ENABLE_EPT (1u << 1)
#define ENABLE_VPID (1u << 5)
#define HOST_ADDRESS_SPACE_SIZE (1u << 9)
#define IA32E_MODE_GUEST (1u << 9)

/* Appendix B. Segments follow one another: ES, CS, SS, DS, FS, GS, LDTR, TR. */
#define GUEST_SELECTOR(segment) (0x800 + 2 * (segment))
#define GUEST_LIMIT(segment) (0x4800 + 2 * (segment))
#define GUEST_ACCESS_RIGHTS(segment) (0x4814 + 2 * (segment))
#define GUEST_BASE(segment) (0x6806 + 2 * (segment))
enum field {
    VPID = 0x0,
    HOST_ES_SELECTOR = 0xc00,
    HOST_CS_SELECTOR = 0xc02,
    HOST_SS_SELECTOR = 0xc04,
    HOST_DS_SELECTOR = 0xc06,
    HOST_FS_SELECTOR = 0xc08,
    HOST_GS_SELECTOR = 0xc0a,
    HOST_TR_SELECTOR = 0xc0c,
    EPT_POINTER = 0x201a,
    GUEST_PHYSICAL_ADDRESS = 0x2400,
    LINK_POINTER = 0x2800,
    GUEST_DEBUGCTL = 0x2802,
    PIN_CONTROLS = 0x4000,
    PRIMARY_CONTROLS = 0x4002,
    EXCEPTION_BITMAP = 0x4004,
    PAGE_FAULT_MASK = 0x4006,
    PAGE_FAULT_MATCH = 0x4008,
    CR3_TARGETS = 0x400a,
    EXIT_CONTROLS = 0x400c,
    EXIT_MSR_STORES = 0x400e,
    EXIT_MSR_LOADS = 0x4010,
    ENTRY_CONTROLS = 0x4012,
    ENTRY_MSR_LOADS = 0x4014,
    ENTRY_INTERRUPTION = 0x4016,
    SECONDARY_CONTROLS_FIELD = 0x401e,
    INSTRUCTION_ERROR = 0x4400,
    EXIT_REASON = 0x4402,
    INSTRUCTION_LENGTH = 0x440c,
    GUEST_GDTR_LIMIT = 0x4810,
    GUEST_IDTR_LIMIT = 0x4812,
    GUEST_INTERRUPTIBILITY = 0x4824,
    GUEST_ACTIVITY = 0x4826,
    GUEST_SYSENTER_CS = 0x482a,
    HOST_SYSENTER_CS = 0x4c00,
    CR0_MASK = 0x6000,
    CR4_MASK = 0x6002,
    CR0_SHADOW = 0x6004,
    CR4_SHADOW = 0x6006,
    EXIT_QUALIFICATION = 0x6400,
    GUEST_CR0 = 0x6800,
    GUEST_CR3 = 0x6802,
    GUEST_CR4 = 0x6804,
    GUEST_GDTR_BASE = 0x6816,
    GUEST_IDTR_BASE = 0x6818,
    GUEST_DR7 = 0x681a,
    GUEST_RSP = 0x681c,
    GUEST_RIP = 0x681e,
    GUEST_RFLAGS = 0x6820,
    GUEST_PENDING_DEBUG = 0x6822,
    GUEST_SYSENTER_ESP = 0x6824,
    GUEST_SYSENTER_EIP = 0x6826,
    HOST_CR0 = 0x6c00,
    HOST_CR3 = 0x6c02,
    HOST_CR4 = 0x6c04,
    HOST_FS_BASE = 0x6c06,
    HOST_GS_BASE = 0x6c08,
    HOST_TR_BASE = 0x6c0a,
    HOST_GDTR_BASE = 0x6c0c,
    HOST_IDTR_BASE = 0x6c0e,
    HOST_SYSENTER_ESP = 0x6c10,
    HOST_SYSENTER_EIP = 0x6c12,
    HOST_RSP = 0x6c14,
    HOST_RIP = 0x6c16,
};

/* Access rights as in 25.4.1: present, and code, data or a busy task-state segment; or unusable. */
#define CODE_64 0xa09b
#define DATA 0xc093
#define BUSY_TSS 0x8b
#define UNUSABLE 0x10000

#define FLAGS_CLEAR 0x2 /* bit 1 is always set */
#define DR7_CLEAR 0x400
#define NO_LINK (~0ull)

/* Appendix C. */
enum reason {
    CPUID = 10,
    HLT = 12,
    VMCALL = 18,
    CR_ACCESS = 28,
    IO_INSTRUCTION = 30,
    MSR_READ = 31,
    EPT_VIOLATION = 48,
};
#define ENTRY_FAILED (1u << 31)

/* The exits that the program makes, in their order. */
static const struct {
    enum reason reason;
    const char *name;
} expected[] = {
    {EPT_VIOLATION, "EPT_VIOLATION"},
    {CPUID, "CPUID"},
    {IO_INSTRUCTION, "IO_INSTRUCTION"},
    {HLT, "HLT"},
    {VMCALL, "VMCALL"},
    {MSR_READ, "MSR_READ"},
    {CR_ACCESS, "CR_ACCESS"},
};
#define EXPECTED (sizeof expected / sizeof expected[0])

NESTED_PROGRAM("vmcall");

struct vmcs {
    uint32_t revision;
    uint32_t abort;
    uint8_t data[PAGE_SIZE - 8];
} __attribute__((aligned(PAGE_SIZE)));

struct guest {
    char name;
    uint16_t vpid;
    bool launched;
    unsigned exits; /* so far: the next is to be expected[exits % EXPECTED] */
    struct registers registers;
    struct vmcs vmcs;
    struct nested_memory memory;
};

static struct vmcs vmxon_region;
static struct guest a, b;
static uint64_t capabilities; /* IA32_VMX_EPT_VPID_CAP; 0 where there is neither EPT nor VPID */
static uint32_t secondary_controls;

/* ---- The instructions: chapter 31, how they tell success and failure in section 31.2 ---- */

enum result { SUCCEEDED, FAILED_INVALID, FAILED_VALID };

static enum result result(bool carry, bool zero)
{
    return carry ? FAILED_INVALID : zero ? FAILED_VALID : SUCCEEDED;
}

/* Those that take an address in memory: of a 64-bit physical address, or of a descriptor. */
#define VMX_MEMORY_INSTRUCTION(name)                                                              \
    static enum result name(uint64_t address)                                                     \
    {                                                                                             \
        bool carry, zero;                                                                         \
        asm volatile(#name " %2" : "=@ccc"(carry), "=@ccz"(zero) : "m"(address) : "memory");      \
        return result(carry, zero);                                                               \
    }

VMX_MEMORY_INSTRUCTION(vmxon)
VMX_MEMORY_INSTRUCTION(vmclear)
VMX_MEMORY_INSTRUCTION(vmptrld)

static enum result vmxoff(void)
{
    bool carry, zero;
    asm volatile("vmxoff" : "=@ccc"(carry), "=@ccz"(zero) : : "memory");
    return result(carry, zero);
}

static enum result vmwrite(enum field field, uint64_t value)
{
    bool carry, zero;
    asm volatile("vmwrite %3, %2"
                 : "=@ccc"(carry), "=@ccz"(zero)
                 : "r"((uint64_t)field), "rm"(value)
                 : "memory");
    return result(carry, zero);
}

static enum result vmread(enum field field, uint64_t *value)
{
    bool carry, zero;
    asm volatile("vmread %3, %2"
                 : "=@ccc"(carry), "=@ccz"(zero), "+rm"(*value)
                 : "r"((uint64_t)field)
                 : "memory");
    return result(carry, zero);
}

/* 29.4.3: what INVEPT and INVVPID forget, all of it or what one context has left behind. */
#define SINGLE_CONTEXT 1
#define ALL_CONTEXTS 2

#define INVALIDATION(name)                                                                        \
    static enum result name(uint64_t type, uint64_t context)                                      \
    {                                                                                             \
        struct {                                                                                  \
            uint64_t context, address;                                                            \
        } descriptor = {context, 0};                                                              \
        bool carry, zero;                                                                         \
        asm volatile(#name " %3, %2"                                                              \
                     : "=@ccc"(carry), "=@ccz"(zero)                                              \
                     : "r"(type), "m"(descriptor)                                                 \
                     : "memory");                                                                 \
        return result(carry, zero);                                                               \
    }

INVALIDATION(invept)
INVALIDATION(invvpid)

/*
 * The guest of the current VMCS until its next exit. An exit goes to the instruction behind, with
 * all arithmetic flags clear (28.5.3), which is what success looks like; a failed entry just falls
 * through. The general registers are not the processor's to switch.
 */
#define ENTRY(name)                                                                               \
    static enum result name(struct registers *guest)                                              \
    {                                                                                             \
        bool carry, zero;                                                                         \
        uint64_t behind;                                                                          \
        asm volatile("vmwrite	%%rsp, %[host_rsp]\n"                                               \
                     "lea	1f(%%rip), %[behind]\n"                                                \
                     "vmwrite	%[behind], %[host_rip]\n"                                          \
                     #name "\n"                                                                   \
                     "1:"                                                                         \
                     : "=@ccc"(carry), "=@ccz"(zero), [behind] "=&r"(behind), "+a"(guest->rax),   \
                       "+b"(guest->rbx), "+c"(guest->rcx), "+d"(guest->rdx), "+S"(guest->rsi)     \
                     : [host_rsp] "r"((uint64_t)HOST_RSP), [host_rip] "r"((uint64_t)HOST_RIP)     \
                     : "memory");                                                                 \
        return result(carry, zero);                                                               \
    }

ENTRY(vmlaunch)
ENTRY(vmresume)

/* ---- What came of them ---- */

static uint64_t took;

/* An expression's value; how many cycles it took is in `took`. */
#define TIMED(expression)                       \
    ({                                          \
        uint64_t start = cycle_count();         \
        __auto_type value = expression;         \
        took = cycle_count() - start;           \
        value;                                  \
    })

/* In the middle of a line. */
static void require(enum result result)
{
    uint64_t error = 0;
    if (result == SUCCEEDED)
        return;
    if (result == FAILED_INVALID)
        end_with("VMfailInvalid", INSTRUCTION_FAILED);
    put_text("VMfailValid, VM-instruction error ");
    if (vmread(INSTRUCTION_ERROR, &error) == SUCCEEDED)
        put_decimal(error, 1);
    end_with("", INSTRUCTION_FAILED);
}

static void step(const char *name, char who, enum result result)
{
    put_step(name, who);
    require(result);
    put_text("ok");
    put_cycles(took);
}

static uint64_t read_field(enum field field)
{
    uint64_t value = 0;
    require(vmread(field, &value));
    return value;
}

static void write_field(enum field field, uint64_t value)
{
    require(vmwrite(field, value));
}

/* ---- Into VMX operation: 24.6 to 24.8 ---- */

static void require_vmx(void)
{
    struct registers features;
    cpuid(CPUID_FEATURES, &features);
    put_step("CPUID", ' ');
    if (!(features.rcx & FEATURES_ECX_VMX))
        end_with("no VMX: bit 5 of CPUID.1:ECX is clear", NO_EXTENSION);
    put_text("VMX is offered");
    put_line();
}

/* A processor that firmware has left unlocked is ours to lock, as it is a kernel's. */
static void allow_vmx(void)
{
    uint64_t control = read_msr(IA32_FEATURE_CONTROL);
    if (!(control & FEATURE_CONTROL_LOCK)) {
        write_msr(IA32_FEATURE_CONTROL, control | FEATURE_CONTROL_VMX | FEATURE_CONTROL_LOCK);
        control = read_msr(IA32_FEATURE_CONTROL);
        put_step("WRMSR", ' ');
    } else {
        put_step("RDMSR", ' ');
    }
    put_text("IA32_FEATURE_CONTROL is ");
    put_hex(control);
    if (!(control & FEATURE_CONTROL_VMX))
        end_with(": locked without VMX", SWITCHED_OFF);
    put_line();
}

/* A.7 and A.8: bits that are set in FIXED0 have to be, bits that are clear in FIXED1 too. */
static void enter_vmx_operation(void)
{
    uint32_t revision = read_msr(IA32_VMX_BASIC) & BASIC_REVISION;
    write_cr0((read_cr0() | read_msr(IA32_VMX_CR0_FIXED0)) & read_msr(IA32_VMX_CR0_FIXED1));
    write_cr4((read_cr4() | CR4_VMXE | read_msr(IA32_VMX_CR4_FIXED0))
              & read_msr(IA32_VMX_CR4_FIXED1));
    put_step("CR4", ' ');
    put_text("VMXE is set, VMCS revision ");
    put_hex(revision);
    put_line();

    vmxon_region.revision = revision;
    a.vmcs.revision = revision;
    b.vmcs.revision = revision;
    step("VMXON", ' ', TIMED(vmxon((uint64_t)&vmxon_region)));
}

/* ---- Two guests: 25.3 to 25.8 ---- */

/* A.2 to A.5: the low half tells what has to be set, the high half what may be. */
static uint32_t adjusted(uint32_t msr, uint32_t wanted)
{
    bool true_controls = msr != SECONDARY_CONTROLS_MSR && read_msr(IA32_VMX_BASIC) & BASIC_TRUE_CONTROLS;
    uint64_t allowed = read_msr(true_controls ? msr + TRUE_CONTROLS : msr);
    return (wanted | allowed) & allowed >> 32;
}

static uint32_t controls(uint32_t msr, uint32_t needed)
{
    uint32_t result = adjusted(msr, needed);
    if ((result & needed) != needed) {
        put_hex(needed);
        end_with(" is not among the controls that this processor has", UNEXPECTED);
    }
    return result;
}

static void find_second_level(void)
{
    uint32_t primary = adjusted(PRIMARY_CONTROLS_MSR, SECONDARY_CONTROLS);
    put_step("RDMSR", ' ');
    if (primary & SECONDARY_CONTROLS)
        secondary_controls = adjusted(SECONDARY_CONTROLS_MSR, ENABLE_EPT | ENABLE_VPID);
    if (secondary_controls & (ENABLE_EPT | ENABLE_VPID))
        capabilities = read_msr(IA32_VMX_EPT_VPID_CAP);
    if (!(capabilities & CAP_EPT_WALK_4) || !(capabilities & CAP_EPT_WRITE_BACK))
        secondary_controls &= ~ENABLE_EPT;
    put_text(secondary_controls & ENABLE_EPT ? "EPT, " : "no EPT, ");
    put_text(secondary_controls & ENABLE_VPID ? "VPID" : "no VPID");
    put_line();
}

/* 25.6.11 and 29.3.2: write-back memory, and tables of four levels. */
#define EPT_WRITE_BACK 6
#define EPT_LEVELS(levels) (((levels)-1) << 3)
#define EPT_LEAF (EPT_WRITE_BACK << 3)

static uint64_t ept_pointer(struct guest *guest)
{
    return (uint64_t)guest->memory.pml4 | EPT_LEVELS(4) | EPT_WRITE_BACK;
}

enum segment { ES, CS, SS, DS, FS, GS, LDTR, TR };

static uint16_t code_selector(void)
{
    uint16_t selector;
    asm("mov %%cs, %0" : "=r"(selector));
    return selector;
}

/* The same for all data segments. */
static uint16_t data_selector(void)
{
    uint16_t selector;
    asm("mov %%ss, %0" : "=r"(selector));
    return selector;
}

/* Null would be refused for TR; an exit takes the rest of it from the VMCS, not from the GDT. */
#define TASK_SELECTOR 0x20

static void write_segment(enum segment segment, uint16_t selector, uint32_t rights)
{
    write_field(GUEST_SELECTOR(segment), selector);
    write_field(GUEST_LIMIT(segment), segment < LDTR ? 0xffffffff : 0xffff);
    write_field(GUEST_ACCESS_RIGHTS(segment), rights);
    write_field(GUEST_BASE(segment), 0);
}

/* The guest's registers are its hypervisor's own, other than where it is. */
static void write_guest_state(void)
{
    write_segment(CS, code_selector(), CODE_64);
    for (enum segment segment = ES; segment <= GS; segment++)
        if (segment != CS)
            write_segment(segment, data_selector(), DATA);
    write_segment(LDTR, 0, UNUSABLE);
    write_segment(TR, TASK_SELECTOR, BUSY_TSS);
    write_field(GUEST_GDTR_BASE, read_gdtr().base);
    write_field(GUEST_GDTR_LIMIT, read_gdtr().limit);
    write_field(GUEST_IDTR_BASE, 0);
    write_field(GUEST_IDTR_LIMIT, 0);
    write_field(GUEST_CR0, read_cr0());
    write_field(GUEST_CR3, read_cr3());
    write_field(GUEST_CR4, read_cr4());
    write_field(GUEST_DR7, DR7_CLEAR);
    write_field(GUEST_DEBUGCTL, 0);
    write_field(GUEST_PENDING_DEBUG, 0);
    write_field(GUEST_SYSENTER_CS, 0);
    write_field(GUEST_SYSENTER_ESP, 0);
    write_field(GUEST_SYSENTER_EIP, 0);
    write_field(GUEST_INTERRUPTIBILITY, 0);
    write_field(GUEST_ACTIVITY, 0);
    write_field(LINK_POINTER, NO_LINK);
    write_field(GUEST_RSP, 0);
    write_field(GUEST_RIP, (uint64_t)nested_program);
    write_field(GUEST_RFLAGS, parameter(0) == RESERVED_FLAGS ? 0 : FLAGS_CLEAR);
}

/* HOST_RSP and HOST_RIP are written at each entry. */
static void write_host_state(void)
{
    write_field(HOST_CS_SELECTOR, code_selector());
    write_field(HOST_SS_SELECTOR, data_selector());
    write_field(HOST_DS_SELECTOR, data_selector());
    write_field(HOST_ES_SELECTOR, data_selector());
    write_field(HOST_FS_SELECTOR, data_selector());
    write_field(HOST_GS_SELECTOR, data_selector());
    write_field(HOST_TR_SELECTOR, TASK_SELECTOR);
    write_field(HOST_FS_BASE, 0);
    write_field(HOST_GS_BASE, 0);
    write_field(HOST_TR_BASE, 0);
    write_field(HOST_GDTR_BASE, read_gdtr().base);
    write_field(HOST_IDTR_BASE, 0);
    write_field(HOST_CR0, read_cr0());
    write_field(HOST_CR3, read_cr3());
    write_field(HOST_CR4, read_cr4());
    write_field(HOST_SYSENTER_CS, 0);
    write_field(HOST_SYSENTER_ESP, 0);
    write_field(HOST_SYSENTER_EIP, 0);
}

/* No bitmaps: each access to a port or an MSR exits. CR0.TS is the hypervisor's. */
static void write_controls(struct guest *guest)
{
    uint32_t secondary = secondary_controls ? SECONDARY_CONTROLS : 0;
    write_field(PIN_CONTROLS, controls(PIN_CONTROLS_MSR, 0));
    write_field(PRIMARY_CONTROLS,
                controls(PRIMARY_CONTROLS_MSR, HLT_EXITING | UNCONDITIONAL_IO_EXITING | secondary));
    write_field(EXIT_CONTROLS, controls(EXIT_CONTROLS_MSR, HOST_ADDRESS_SPACE_SIZE));
    write_field(ENTRY_CONTROLS, controls(ENTRY_CONTROLS_MSR, IA32E_MODE_GUEST));
    write_field(EXCEPTION_BITMAP, 0);
    write_field(PAGE_FAULT_MASK, 0);
    write_field(PAGE_FAULT_MATCH, 0);
    write_field(CR3_TARGETS, 0);
    write_field(EXIT_MSR_STORES, 0);
    write_field(EXIT_MSR_LOADS, 0);
    write_field(ENTRY_MSR_LOADS, 0);
    write_field(ENTRY_INTERRUPTION, 0);
    write_field(CR0_MASK, CR0_TS);
    write_field(CR0_SHADOW, read_cr0());
    write_field(CR4_MASK, 0);
    write_field(CR4_SHADOW, 0);
    if (secondary)
        write_field(SECONDARY_CONTROLS_FIELD, secondary_controls);
    if (secondary_controls & ENABLE_EPT)
        write_field(EPT_POINTER, ept_pointer(guest));
    if (secondary_controls & ENABLE_VPID)
        write_field(VPID, guest->vpid);
}

static void prepare(struct guest *guest, char name, uint16_t vpid, uint64_t count)
{
    guest->name = name;
    guest->vpid = vpid;
    guest->registers.rsi = count;
    lay_out(&guest->memory, EPT_LEAF);
    step("VMCLEAR", guest->name, TIMED(vmclear((uint64_t)&guest->vmcs)));
    step("VMPTRLD", guest->name, TIMED(vmptrld((uint64_t)&guest->vmcs)));
    put_step("VMWRITE", guest->name);
    uint64_t start = cycle_count();
    write_controls(guest);
    write_host_state();
    write_guest_state();
    took = cycle_count() - start;
    put_text("controls, host state and guest state");
    put_cycles(took);
}

/* ---- Exits: chapter 28 ---- */

static void skip_instruction(void)
{
    write_field(GUEST_RIP, read_field(GUEST_RIP) + read_field(INSTRUCTION_LENGTH));
}

/* Does what the guest asked for, and tells what that was; the bits are those of 28.2.1. */
static void handle(struct guest *guest, enum reason reason)
{
    struct registers *registers = &guest->registers;
    uint64_t qualification = read_field(EXIT_QUALIFICATION);
    uint64_t value;
    switch (reason) {
    case EPT_VIOLATION:
        put_text(qualification & 0x2 ? ": write to " : ": access to ");
        put_hex(read_field(GUEST_PHYSICAL_ADDRESS));
        map_page(&guest->memory, 0, EPT_LEAF);
        return; /* to the same instruction */
    case CPUID:
        cpuid(registers->rax, registers);
        break;
    case IO_INSTRUCTION:
        put_text(qualification & 0x8 ? ": IN " : ": OUT ");
        put_hex(qualification >> 16 & 0xffff);
        put_text(", ");
        put_hex(registers->rax & 0xff);
        break;
    case MSR_READ:
        put_text(": MSR ");
        put_hex(registers->rcx & 0xffffffff);
        value = read_msr(registers->rcx);
        registers->rax = (uint32_t)value;
        registers->rdx = value >> 32;
        break;
    case CR_ACCESS:
        put_text(qualification & 0x30 ? ": CR" : ": MOV to CR");
        put_decimal(qualification & 0xf, 1);
        put_text(", ");
        put_hex(registers->rax);
        write_field(CR0_SHADOW, registers->rax);
        write_field(GUEST_CR0, registers->rax);
        break;
    case HLT:
    case VMCALL:
        break;
    }
    skip_instruction();
}

/* The guest of the current VMCS, to its next exit. */
static void enter(struct guest *guest)
{
    bool resume = guest->launched || parameter(0) == RESUME_BEFORE_LAUNCH;
    put_step(resume ? "VMRESUME" : "VMLAUNCH", guest->name);
    require(resume ? TIMED(vmresume(&guest->registers)) : TIMED(vmlaunch(&guest->registers)));
    uint64_t cycles = took;
    guest->launched = true;

    uint32_t reason = read_field(EXIT_REASON);
    if (reason & ENTRY_FAILED) {
        put_text("VM-entry failure, exit reason ");
        put_decimal(reason & 0xffff, 1);
        end_with("", INSTRUCTION_FAILED);
    }
    bool mapped = !(secondary_controls & ENABLE_EPT) || guest->memory.table[NESTED_PAGE / PAGE_SIZE];
    if (mapped && expected[guest->exits % EXPECTED].reason == EPT_VIOLATION)
        guest->exits++;
    put_text("exit reason ");
    put_decimal(reason, 1);
    if (reason != expected[guest->exits % EXPECTED].reason)
        end_with(", which its program does not make here", UNEXPECTED);
    put_text(" ");
    put_text(expected[guest->exits++ % EXPECTED].name);
    handle(guest, reason);
    put_cycles(cycles);
}

/* Until it has made that many exits. */
static void run(struct guest *guest, int exits)
{
    step("VMPTRLD", guest->name, TIMED(vmptrld((uint64_t)&guest->vmcs)));
    while (exits-- > 0)
        enter(guest);
}

/* ---- What the processor has cached of a guest's memory: 29.4 ---- */

static void forget_memory(struct guest *guest)
{
    if (!(secondary_controls & ENABLE_EPT) || !(capabilities & CAP_INVEPT)) {
        put_step("INVEPT", guest->name);
        put_text("not offered");
        put_line();
        return;
    }
    uint64_t type = capabilities & CAP_INVEPT_SINGLE ? SINGLE_CONTEXT : ALL_CONTEXTS;
    step("INVEPT", guest->name, TIMED(invept(type, ept_pointer(guest))));
}

static void forget_translations(struct guest *guest)
{
    if (!(secondary_controls & ENABLE_VPID) || !(capabilities & CAP_INVVPID)) {
        put_step("INVVPID", guest->name);
        put_text("not offered");
        put_line();
        return;
    }
    uint64_t type = capabilities & CAP_INVVPID_SINGLE ? SINGLE_CONTEXT : ALL_CONTEXTS;
    step("INVVPID", guest->name, TIMED(invvpid(type, guest->vpid)));
}

/* What each has written is where its own tables say, and A's later count in its later page. */
static void compare_memory(void)
{
    if (!(secondary_controls & ENABLE_EPT))
        return;
    require_page('A', &a.memory, 0, 0xa1);
    require_page('A', &a.memory, 1, 0xa2);
    require_page('B', &b.memory, 0, 0xb1);
}

int main(void)
{
    require_vmx();
    allow_vmx();
    enter_vmx_operation();
    if (parameter(0) == READ_WITHOUT_VMCS) {
        put_step("VMREAD", ' ');
        read_field(EXIT_REASON);
    }
    find_second_level();
    prepare(&a, 'A', 1, 0xa0);
    prepare(&b, 'B', 2, 0xb0);

    bool ept = secondary_controls & ENABLE_EPT;
    run(&a, ept ? 3 : 2);
    run(&b, ept ? 5 : 4);
    run(&a, 4);
    run(&b, 2);

    /* Its next write goes elsewhere, once nobody remembers where it went before. */
    map_page(&a.memory, 1, EPT_LEAF);
    forget_memory(&a);
    forget_translations(&b);
    run(&a, 2);
    compare_memory();

    step("VMCLEAR", 'A', TIMED(vmclear((uint64_t)&a.vmcs)));
    step("VMCLEAR", 'B', TIMED(vmclear((uint64_t)&b.vmcs)));
    step("VMXOFF", ' ', TIMED(vmxoff()));
    write_cr4(read_cr4() & ~(uint64_t)CR4_VMXE);
    put_step("CR4", ' ');
    put_text("VMXE is clear");
    put_line();
    return 0;
}
