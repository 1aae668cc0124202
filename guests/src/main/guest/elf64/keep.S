/*
 * Fills the registers of its processor with a pattern, makes an exit, holds them for a while, looks
 * whether all are as it left them, and begins again with another pattern. Whoever shares a processor
 * of the host with it, and is not kept apart from it, shows: exit code 0 if all was kept, else 1 and
 * the number of the first value that was not, in the order below.
 *
 * Parameters: how many rounds, 0 is endless, which the host may change at any time; what the patterns
 * begin with; how many more steps to hold them in each round; whether x87, its control word and MXCSR
 * are used too, 0 is no: the instruction emulator of KVM lacks them.
 *
 * RDI at entry is the processor's number, for several that somebody drives: its page of values is at
 * COUNTERS + 4096 times that, with the rounds that are done in its first word.
 */
#include "guest.h"

#define COUNTERS 0x10000

/* In the processor's page, whose address is in RBP. */
#define ROUNDS 0(%rbp)
#define HOLD 8(%rbp)
#define EXPECTED 0x100
#define FOUND 0x800

/* Values, by their number. */
#define GENERAL 0		/* RAX, RBX, RCX, RDX, RSI, RDI, RSP, R8 to R15 */
#define FAULT_ADDRESS 15	/* CR2 */
#define XMM 16			/* two for each */
#define DEBUG 48		/* DR0 to DR3 */
#define MSR 52
#define MSR_COUNT 10
#define PLAIN_COUNT 62
#define X87 62
#define X87_CONTROL 70
#define VECTOR_CONTROL 71
#define COUNT 72

#define EXIT_PORT 0x80
#define OSFXSR_OSXMMEXCPT 0x600
#define X87_CONTROL_REST 0x37f
#define VECTOR_CONTROL_REST 0x1f80
#define GOLDEN_RATIO 0x9e3779b97f4a7c15

#define expected(number) (EXPECTED + 8 * (number))(%rbp)
#define found(number) (FOUND + 8 * (number))(%rbp)

	.globl	_start
_start:
	mov	%edi, %ebp
	shl	$12, %ebp
	add	$COUNTERS, %ebp
	mov	$GOLDEN_RATIO, %rax
	inc	%rdi
	imul	%rdi, %rax
	xor	PARAMETER(1), %rax
	mov	%rax, expected(0)
	mov	%cr4, %rax
	or	$OSFXSR_OSXMMEXCPT, %rax
	mov	%rax, %cr4

round:					// Marsaglia's xorshift with 64 bits makes the pattern
	mov	expected(0), %rax
	xor	%ecx, %ecx
1:	mov	%rax, %rdx
	shl	$13, %rdx
	xor	%rdx, %rax
	mov	%rax, %rdx
	shr	$7, %rdx
	xor	%rdx, %rax
	mov	%rax, %rdx
	shl	$17, %rdx
	xor	%rdx, %rax
	mov	%rax, %rdx
	and	masks(,%rcx,8), %rdx
	mov	%rdx, EXPECTED(%rbp,%rcx,8)
	inc	%ecx
	cmp	$COUNT, %ecx
	jne	1b
	orl	$X87_CONTROL_REST, expected(X87_CONTROL)
	orl	$VECTOR_CONTROL_REST, expected(VECTOR_CONTROL)

	xor	%ebx, %ebx
2:	mov	msrs(,%rbx,4), %ecx
	mov	(EXPECTED + 8 * MSR)(%rbp,%rbx,8), %eax
	mov	(EXPECTED + 8 * MSR + 4)(%rbp,%rbx,8), %edx
	wrmsr
	inc	%ebx
	cmp	$MSR_COUNT, %ebx
	jne	2b
	.irp	n, 0, 1, 2, 3
	mov	expected(DEBUG + \n), %rax
	mov	%rax, %dr\n
	.endr
	mov	expected(FAULT_ADDRESS), %rax
	mov	%rax, %cr2
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	movups	expected(XMM + 2 * \n), %xmm\n
	.endr
	cmpq	$0, PARAMETER(3)
	je	3f
	fninit
	fldcw	expected(X87_CONTROL)
	ldmxcsr	expected(VECTOR_CONTROL)
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7
	fildll	expected(X87 + \n)
	.endr
3:	mov	PARAMETER(2), %rax
	inc	%rax
	mov	%rax, HOLD
	mov	expected(0), %rax
	mov	expected(1), %rbx
	mov	expected(2), %rcx
	mov	expected(3), %rdx
	mov	expected(4), %rsi
	mov	expected(5), %rdi
	mov	expected(6), %rsp
	.irp	n, 8, 9, 10, 11, 12, 13, 14, 15
	mov	expected(\n - 1), %r\n
	.endr

	out	%al, $EXIT_PORT		// KVM_EXIT_IO
4:	decq	HOLD
	jnz	4b

	mov	%rax, found(0)
	mov	%rbx, found(1)
	mov	%rcx, found(2)
	mov	%rdx, found(3)
	mov	%rsi, found(4)
	mov	%rdi, found(5)
	mov	%rsp, found(6)
	.irp	n, 8, 9, 10, 11, 12, 13, 14, 15
	mov	%r\n, found(\n - 1)
	.endr
	mov	%cr2, %rax
	mov	%rax, found(FAULT_ADDRESS)
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	movups	%xmm\n, found(XMM + 2 * \n)
	.endr
	.irp	n, 0, 1, 2, 3
	mov	%dr\n, %rax
	mov	%rax, found(DEBUG + \n)
	.endr
	xor	%ebx, %ebx
5:	mov	msrs(,%rbx,4), %ecx
	rdmsr
	mov	%eax, (FOUND + 8 * MSR)(%rbp,%rbx,8)
	mov	%edx, (FOUND + 8 * MSR + 4)(%rbp,%rbx,8)
	inc	%ebx
	cmp	$MSR_COUNT, %ebx
	jne	5b
	mov	$PLAIN_COUNT, %edx
	cmpq	$0, PARAMETER(3)
	je	6f
	mov	$COUNT, %edx
	.irp	n, 7, 6, 5, 4, 3, 2, 1, 0
	fistpll	found(X87 + \n)
	.endr
	fnstcw	found(X87_CONTROL)
	stmxcsr	found(VECTOR_CONTROL)

6:	xor	%ecx, %ecx
7:	mov	EXPECTED(%rbp,%rcx,8), %rax
	cmp	%rax, FOUND(%rbp,%rcx,8)
	jne	lost
	inc	%ecx
	cmp	%edx, %ecx
	jne	7b
	incq	ROUNDS
	mov	PARAMETER(0), %rax
	dec	%rax			// 0 is more than any
	cmp	%rax, ROUNDS
	jbe	round
	exit	0

lost:
	lea	1(%rcx), %eax
	out	%al, $DEBUG_EXIT
8:	hlt
	jmp	8b

/* IA32_STAR, LSTAR, CSTAR, FMASK, FS_BASE, GS_BASE, KERNEL_GS_BASE, SYSENTER_CS, ESP and EIP. */
msrs:
	.long	0xc0000081, 0xc0000082, 0xc0000083, 0xc0000084
	.long	0xc0000100, 0xc0000101, 0xc0000102, 0x174, 0x175, 0x176

#define ANY -1
#define ADDRESS 0x7fffffffffff

/* The bits that each value can have. */
	.balign	8
masks:
	.rept	MSR
	.quad	ANY
	.endr
	.quad	ANY, ADDRESS, ADDRESS, 0xffffffff
	.quad	ADDRESS, ADDRESS, ADDRESS, 0xffff, 0x7fffffff, 0x7fffffff
	.rept	8
	.quad	ANY
	.endr
	.quad	0xc00, 0x6000		// how to round
