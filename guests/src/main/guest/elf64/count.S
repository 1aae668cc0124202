/*
 * Starts all other processors with INIT and SIPI; each processor counts in a cache line of its own,
 * at COUNTERS + 64 times its APIC identifier. All count in long mode with the same instructions, so
 * that a processor's count tells its share of the time, also where an emulator runs them.
 *
 * Parameters: how far to count, up to 2^32 - 1, 0 is endless; how many processors there are.
 */
#include "guest.h"

#define COUNTERS 0x10000
#define FINISHED 0xa000		/* how many of the other processors are through */
#define TRAMPOLINE 0x9000

/* What the others take over from the first: its control registers, and the GDT's limit and address. */
#define TAKEN_CR0 0x9f00
#define TAKEN_CR3 0x9f04
#define TAKEN_CR4 0x9f08
#define TAKEN_GDT 0x9f10
#define CODE_SELECTOR 0x10

#define EFER 0xc0000080
#define EFER_LME 0x100

#define LOCAL_APIC 0xfee00000
#define SPURIOUS_VECTOR 0xf0
#define SPURIOUS_ENABLED 0x1ff
#define COMMAND 0x300
#define ALL_OTHERS_INIT 0xc4500
#define ALL_OTHERS_SIPI 0xc4600

/* Counts in the cache line of the processor whose APIC identifier is in the highest byte of EBX. */
.macro count
	shr	$24, %ebx
	shl	$6, %ebx
	add	$COUNTERS, %ebx
	mov	PARAMETER(0), %eax
1:	incl	(%rbx)
	cmp	%eax, (%rbx)
	jne	1b
.endm

	.globl	_start
_start:
	mov	$trampoline, %esi
	mov	$TRAMPOLINE, %edi
	mov	$(trampoline_end - trampoline), %ecx
	rep movsb
	mov	%cr0, %rax
	mov	%eax, TAKEN_CR0
	mov	%cr3, %rax
	mov	%eax, TAKEN_CR3
	mov	%cr4, %rax
	mov	%eax, TAKEN_CR4
	sgdt	TAKEN_GDT

	mov	$LOCAL_APIC, %ebx
	movl	$SPURIOUS_ENABLED, SPURIOUS_VECTOR(%rbx)
	movl	$ALL_OTHERS_INIT, COMMAND(%rbx)
	movl	$(ALL_OTHERS_SIPI | TRAMPOLINE >> 12), COMMAND(%rbx)

	xor	%ebx, %ebx
	count
	mov	PARAMETER(1), %eax
	dec	%eax
2:	pause
	cmp	%eax, FINISHED
	jne	2b
	exit	0

other:
	mov	$1, %eax
	cpuid
	count
	lock incl FINISHED
2:	hlt
	jmp	2b

	.code16
trampoline:
	xor	%ax, %ax
	mov	%ax, %ds
	mov	TAKEN_CR4, %eax
	mov	%eax, %cr4
	mov	TAKEN_CR3, %eax
	mov	%eax, %cr3
	mov	$EFER, %ecx
	mov	$EFER_LME, %eax
	xor	%edx, %edx
	wrmsr
	lgdtl	TAKEN_GDT
	mov	TAKEN_CR0, %eax		// caching is on with it too, which INIT left off
	mov	%eax, %cr0
	ljmpl	$CODE_SELECTOR, $other
trampoline_end:
